import assert from "node:assert/strict";
import { join } from "node:path";
import { type Role, ROLES } from "../lab/keys/caller.ts";
import { addKey } from "../lab/keys/key_file.ts";
import { isObject, type Json, member } from "../openapi/json.ts";
import { runService } from "./service/running_service.ts";

/** Who may use an operation. What is not here is not decided: the test fails on a route that is added without it. */
const ACCESS: Readonly<Record<string, "public" | Role>> = {
  createProbe: "read",
  streamProbe: "read",
  estimateProbe: "read",
  createProbeBatch: "read",
  streamProbeBatch: "read",
  createActivations: "read",
  tokenizePrompt: "read",
  detokenizeIds: "read",
  listVocabulary: "read",
  listLenses: "read",
  getLens: "read",
  getLensWeights: "read",
  putLens: "upload",
  updateLens: "upload",
  deleteLens: "upload",
  createImport: "upload",
  createJob: "read",
  listJobs: "read",
  getJob: "read",
  streamJobEvents: "read",
  getJobResult: "read",
  updateJob: "read",
  deleteJob: "read",
  getModel: "read",
  getSelfCheck: "read",
  getLiveness: "public",
  getReadiness: "public",
  getMetrics: "admin",
  getDocument: "public",
  getOlderDocument: "public",
};

/** Operations on a thing that another key may own: what they answer for one that is hidden, and for one that is shared. */
const OF_ANOTHER: Readonly<Record<string, { readonly hidden: number; readonly shared: number | "served" }>> = {
  getLens: { hidden: 404, shared: "served" },
  getLensWeights: { hidden: 404, shared: "served" },
  putLens: { hidden: 404, shared: 403 },
  updateLens: { hidden: 404, shared: 403 },
  deleteLens: { hidden: 404, shared: 403 },
  getJob: { hidden: 404, shared: "served" },
  streamJobEvents: { hidden: 404, shared: "served" },
  getJobResult: { hidden: 404, shared: "served" },
  updateJob: { hidden: 404, shared: 403 },
  deleteJob: { hidden: 404, shared: 403 },
};

interface Asked {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
}

const LENS = await Deno.readFile(new URL("../demo/lenses/jacobian.pt", import.meta.url));

/** Every operation of the document, with the body of its example. */
function operationsOf(document: Json): Asked[] {
  return Object.entries(member(document, "paths")).flatMap(([path, item]) =>
    Object.entries(item as Json).map(([method, operation]) => {
      const { requestBody } = operation as Json;
      const { "application/json": json } = isObject(requestBody) ? requestBody.content as Json : {};
      const { example } = isObject(json) ? json : {};
      return {
        operationId: String((operation as Json).operationId),
        method: method.toUpperCase(),
        path,
        body: example === undefined ? undefined : JSON.stringify(example),
      };
    })
  );
}

Deno.test("every route × no key, wrong key, read, upload, admin, another's object, hidden and shared", async () => {
  const folder = await Deno.makeTempDir();
  const file = join(folder, "keys.json");
  const secrets: Record<string, string> = { wrong: "midstream_wrong" };
  for (const id of [...ROLES, "owner"]) {
    secrets[id] = (await addKey(file, { id, role: id === "owner" ? "upload" : id as Role })).secret;
  }
  try {
    await using service = await runService(["--keys", file, "--trusted-proxy", "127.0.0.1"], { HF_HUB_OFFLINE: "1" });
    let addresses = 0;
    const as = (who: string): Record<string, string> =>
      who in secrets ? { Authorization: `Bearer ${secrets[who]}` } : {};
    const ask = async ({ method, path, operationId, body }: Asked, who: string, id: string) => {
      const response = await fetch(service.url + path.replace(/\{\w+\}/, id), {
        method,
        headers: {
          ...as(who),
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          // Each from an address of its own: one that keeps asking without a key has to wait.
          "X-Forwarded-For": `10.0.${++addresses >> 8}.${addresses & 255}`,
        },
        ...(operationId === "putLens" ? { body: LENS } : body === undefined ? {} : { body }),
      });
      await response.body?.cancel();
      return response.status;
    };
    /** Something of that kind which belongs to a key. @returns its id */
    const owned = async (path: string, who: string, shared: boolean): Promise<string> => {
      if (path.includes("{lens_id}")) {
        const url = `${service.url}/lenses/of-${who}?shared=${shared}`;
        const response = await fetch(url, { method: "PUT", headers: as(who), body: LENS });
        await response.body?.cancel();
        assert.equal(response.status, 201);
        return `of-${who}`;
      }
      const made = await service.post("/jobs", { prompts: ["One day", "Tom"], layers: [0] }, { headers: as(who) });
      const { id } = await made.json();
      assert.equal(made.status, 202);
      const patched = await fetch(`${service.url}/jobs/${id}`, {
        method: "PATCH",
        headers: { ...as(who), "Content-Type": "application/json" },
        body: JSON.stringify({ shared }),
      });
      await patched.body?.cancel();
      assert.equal(patched.status, 200);
      return id;
    };
    /** Twice: the first ends a job, the second removes it. */
    const gone = async (path: string, id: string) => {
      const kind = path.includes("{lens_id}") ? "lenses" : "jobs";
      for (let time = 0; time < 2; time++) {
        const response = await fetch(`${service.url}/${kind}/${id}`, { method: "DELETE", headers: as("admin") });
        await response.body?.cancel();
      }
    };
    const response = await fetch(`${service.url}/openapi.json`);
    const operations = operationsOf(await response.json());
    assert.deepEqual(
      operations.map(({ operationId }) => operationId).sort(),
      Object.keys(ACCESS).sort(),
      "who may use a route is decided in this table",
    );
    const wrong: string[] = [];
    const expect = async (asked: Asked, who: string, id: string, expected: number | "served", of = "") => {
      const status = await ask(asked, who, id);
      // Let in: what it then says is the operation's own affair; there is no hub here, so an import is a 424.
      const right = expected === "served"
        ? ![401, 403, 404, 429].includes(status) && status < 500
        : status === expected;
      if (!right) wrong.push(`${asked.operationId} as ${who} ${of}: ${status}, not ${expected}`);
    };
    for (const asked of operations) {
      const { operationId, path } = asked;
      const access = ACCESS[operationId]!;
      const ofOne = path.includes("{");
      for (const who of ["nobody", "wrong"]) {
        await expect(asked, who, "tuned", access === "public" ? "served" : 401);
      }
      for (const who of ROLES) {
        const enough = access === "public" || ROLES.indexOf(who) >= ROLES.indexOf(access);
        // Its own, where its role can have one; of the lenses that come with the service, everybody may read.
        const mine = ofOne && operationId !== "putLens" && (who !== "read" || path.includes("{job_id}"));
        const id = mine ? await owned(path, who, false) : operationId === "putLens" ? `of-${who}` : "tuned";
        await expect(asked, who, id, enough ? "served" : 403, "on its own");
        if (id !== "tuned") await gone(path, id);
      }
      if (!ofOne) continue;
      const another = OF_ANOTHER[operationId] ?? assert.fail(`${operationId} of another's object`);
      for (const state of ["hidden", "shared"] as const) {
        const id = await owned(path, "owner", state === "shared");
        await expect(asked, "upload", id, another[state], `on another's, ${state}`);
        await expect(asked, "admin", id, "served", `on another's, ${state}`);
        await gone(path, id);
      }
    }
    assert.deepEqual(wrong, []);
    // What is hidden is in nobody's list, nor may a probe read through it.
    await owned("{lens_id}", "owner", false);
    const lists = async (who: string) =>
      (await (await fetch(`${service.url}/lenses`, { headers: as(who) })).json()).lenses
        .some(({ id }: Json) => id === "of-owner");
    assert.deepEqual([await lists("owner"), await lists("upload"), await lists("admin")], [true, false, true]);
    const probe = await service.post("/probe", { prompt: "One day", lenses: ["of-owner"] }, { headers: as("upload") });
    assert.equal(probe.status, 422);
    const { detail } = await probe.json();
    assert.doesNotMatch(detail, /there is "[^;]*; .*of-owner/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
