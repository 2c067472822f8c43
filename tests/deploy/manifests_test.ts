import { deepEqual, equal, ok } from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parse, parseAllDocuments } from "yaml";
import { ROWS, SETTINGS, variableOf } from "../../settings/table.ts";
import { output, pythonEnvironment } from "../own_clients/python_environment.ts";
import { DEPLOY } from "./expressions.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MANIFESTS = (await readdir(`${DEPLOY}kubernetes`)).filter((name) => name !== "kustomization.yaml").toSorted();
const COMPOSE = ["compose.yaml", "deploy/compose/compose.yaml"];
/** The newest that the schemas are there for, and an old one that is still run; `sleep` of preStop came with 1.30. */
const KUBERNETES = ["1.30", "1.37"];

const python = await pythonEnvironment(fileURLToPath(new URL("requirements.txt", import.meta.url)));
const without = "python" in python ? "" : ` (${python.unavailable})`;

/** Runs a module of the environment; its scripts would name the folder that it was made in. */
function validate(module: string, ...args: string[]): Promise<{ success: boolean; text: string }> {
  if (!("python" in python)) throw new Error(python.unavailable);
  return output(python.python, ["-m", module, ...args], {}, ROOT);
}

Deno.test({
  name: `the manifests are valid by the schemas of Kubernetes ${KUBERNETES.join(" and ")}${without}`,
  ignore: without !== "",
  async fn() {
    for (const version of KUBERNETES) {
      const files = MANIFESTS.map((name) => `${DEPLOY}kubernetes/${name}`);
      const { success, text } = await validate("kubernetes_validate", "--strict", "-k", version, ...files);
      ok(success, text);
    }
  },
});

Deno.test({
  name: `the compose files and workflows are valid by their schemas${without}`,
  ignore: without !== "",
  async fn() {
    const workflows = (await readdir(`${ROOT}.github/workflows`)).map((name) => `.github/workflows/${name}`);
    for (const [schema, files] of [["compose-spec", COMPOSE], ["github-workflows", workflows]] as const) {
      const { success, text } = await validate("check_jsonschema", `--builtin-schema=vendor.${schema}`, ...files);
      ok(success, text);
    }
  },
});

Deno.test("the kustomization names every manifest, and no example", async () => {
  const { resources } = parse(await Deno.readTextFile(`${DEPLOY}kubernetes/kustomization.yaml`));
  deepEqual(resources.toSorted(), MANIFESTS.filter((name) => !name.includes(".example.")));
});

Deno.test("pods and containers get longer to stop than the service takes to drain", async () => {
  const { data } = parse(await Deno.readTextFile(`${DEPLOY}kubernetes/settings.yaml`));
  const { spec: { template: { spec } } } = parse(await Deno.readTextFile(`${DEPLOY}kubernetes/deployment.yaml`));
  const sleep = spec.containers[0].lifecycle.preStop.sleep.seconds;
  ok(spec.terminationGracePeriodSeconds > sleep + Number(data.MIDSTREAM_DRAIN_TIMEOUT));
  for (const file of COMPOSE) {
    const { services } = parse(await Deno.readTextFile(ROOT + file), { merge: true });
    for (const service of Object.values<Service>(services).filter(({ image }) => image === "midstream")) {
      const drain = Number(service.environment.MIDSTREAM_DRAIN_TIMEOUT ?? SETTINGS.drainTimeout.shownDefault);
      ok(Number.parseInt(service.stop_grace_period) > drain, file);
    }
  }
});

Deno.test("pods ask for as much processor as their engine has threads, and name ports and claims that there are", async () => {
  const { data } = parse(await Deno.readTextFile(`${DEPLOY}kubernetes/settings.yaml`));
  const { spec: { template: { spec } } } = parse(await Deno.readTextFile(`${DEPLOY}kubernetes/deployment.yaml`));
  equal(spec.containers[0].resources.limits.cpu, data.MIDSTREAM_THREADS);
  const claims = parseAllDocuments(await Deno.readTextFile(`${DEPLOY}kubernetes/volumes.yaml`))
    .map((document) => document.toJS().metadata.name);
  const used = spec.volumes.flatMap((volume: Volume) => volume.persistentVolumeClaim?.claimName ?? []);
  deepEqual(used.toSorted(), claims.toSorted());
});

Deno.test("what deploy/ sets are settings of the service, with values that it takes", async () => {
  const byVariable = new Map(ROWS.map((row) => [variableOf(row), SETTINGS[row]]));
  const given: [string, string][] = Object.entries(
    parse(await Deno.readTextFile(`${DEPLOY}kubernetes/settings.yaml`)).data as Record<string, string>,
  );
  for (const file of COMPOSE) {
    const { services } = parse(await Deno.readTextFile(ROOT + file), { merge: true });
    given.push(...Object.values<Service>(services).flatMap(({ environment }) => Object.entries(environment ?? {})));
  }
  for (const [variable, value] of given.filter(([variable]) => variable.startsWith("MIDSTREAM_"))) {
    const row = byVariable.get(variable);
    ok(row, `${variable} is no setting`);
    const text = String(value).replace(/\$\{\w+:-(.*)\}/, "$1");
    if (text !== "") ok(row.read([text]) !== undefined, `${variable}: ${text}`);
  }
});

interface Service {
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly stop_grace_period: string;
}

interface Volume {
  readonly persistentVolumeClaim?: { readonly claimName: string };
}

const nginx = await output("nginx", ["-v"]);

Deno.test({
  name: `nginx takes the balancer's configuration${nginx.success ? "" : " (there is no nginx)"}`,
  ignore: !nginx.success,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      // Names of the compose network, which nobody here resolves.
      const text = (await Deno.readTextFile(`${DEPLOY}compose/nginx.conf`))
        .replaceAll(/midstream-[ab]:/g, "127.0.0.1:").replace("/tmp/nginx.pid", `${folder}/nginx.pid`);
      await Deno.writeTextFile(`${folder}/nginx.conf`, text);
      const { success, text: said } = await output("nginx", ["-t", "-c", `${folder}/nginx.conf`]);
      ok(success, said);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
