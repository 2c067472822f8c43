import type { ClientUnderTest, Connect, Outcome, Problem } from "./client_under_test.ts";
import type { Plan } from "./plan.ts";
import { float32Tensor } from "./safetensors.ts";

/** Goes through all that a client must be able to do, and prints a line for each; throws at the first that fails. */
export async function walk(connect: Connect, plan: Plan): Promise<void> {
  const client = connect(plan.url);
  const steps: [string, () => Promise<void>][] = [
    ["probe", () => probes(client, plan)],
    ["stream", () => streams(client, plan)],
    ["upload", () => uploads(client, plan)],
    ["download", () => downloads(client, plan)],
    ["activations", () => activations(client, plan)],
    ["refusals of the service", () => refusals(client, plan)],
    ["every kind of problem", () => problems(connect, plan)],
    ["429 and 503 after Retry-After", () => retries(connect(plan.busyUrl), plan)],
  ];
  for (const [name, step] of steps) {
    await step();
    console.log(`walked: ${name}`);
  }
}

async function probes(client: ClientUnderTest, { prompt, ids, cells }: Plan): Promise<void> {
  for (const form of [prompt, ids]) {
    const { output, readouts } = valueOf(await client.probe(form, ["logit", "tuned"]));
    equal(output.length, 1);
    equal(readouts.length, cells.length);
    readouts.forEach((cell, at) => {
      const { lens, site, layer, entropy, top, tracked } = cells[at]!;
      equal([cell.lens, cell.site, cell.layer], [lens, site, layer]);
      near(cell.entropy, entropy);
      equal(cell.cross_entropy, null);
      near(cell.top[0]?.prob, top[0]?.prob);
      equal([cell.top[0]?.text, cell.tracked[0]?.rank], [top[0]?.text, tracked[0]?.rank]);
    });
  }
}

async function streams(client: ClientUnderTest, { prompt, ids }: Plan): Promise<void> {
  const types: string[] = [];
  let readouts = 0;
  for await (const frame of client.stream(prompt)) {
    if (types.at(-1) !== frame.type) types.push(frame.type);
    if (frame.type === "start") readouts = frame.rows;
    if (frame.type === "output") equal(frame.entropy > 0, true);
    if (frame.type === "readout") equal(frame.top.length + Number(frame.site === "resid_post"), 4), readouts--;
    if (frame.type === "end") equal(frame.usage.prompt_tokens, ids.length);
  }
  equal(types.filter((type) => type !== "queued" && type !== "ping"), ["start", "output", "readout", "end"]);
  equal(readouts, 0);
}

async function uploads(client: ClientUnderTest, { lensFile, lensBytes, lensConfig }: Plan): Promise<void> {
  const lens = valueOf(await client.upload("mine", lensFile, true));
  equal([lens.id, lens.kind, lens.bytes], ["mine", "tuned", lensBytes]);
  equal([lens.model_match, lens.unembed_hash_match], ["shape", "unknown"]);
  const configured = valueOf(await client.configure("mine", lensConfig));
  // By the member that the document names, and by one that it leaves open.
  equal([configured.model_match, configured.unembed_hash_match], ["exact", true]);
}

async function downloads(client: ClientUnderTest, { lensBytes }: Plan): Promise<void> {
  const whole = valueOf(await client.download("mine"));
  equal(whole.length, lensBytes);
  equal(valueOf(await client.download("mine", "bytes=0-99")), whole.slice(0, 100));
}

async function activations(client: ClientUnderTest, { ids, layers, dModel, states }: Plan): Promise<void> {
  const { shape, data } = float32Tensor(valueOf(await client.activations(ids, layers)), `resid_post.${layers[0]}`);
  equal(shape, [ids.length, dModel]);
  equal([...data.slice(0, states.length)], states);
}

async function refusals(client: ClientUnderTest, { ids, lensFile, prompt }: Plan): Promise<void> {
  const unknown = problemOf(await client.probe(prompt, ["logit", "nobody"]));
  equal([unknown.type, unknown.status], ["urn:midstream:problem:unknown-lens", 422]);
  equal([unknown.errors?.[0]?.in, unknown.errors?.[0]?.pointer], ["body", "/lenses/1"]);
  equal(problemOf(await client.probe([...ids, 1_000_000], ["logit"])).type, "urn:midstream:problem:unknown-token");
  equal(problemOf(await client.upload("mine", lensFile, true)).status, 412);
  equal(problemOf(await client.download("nobody")).status, 404);
  equal(
    problemOf(await client.download("mine", "bytes=99999999-")).type,
    "urn:midstream:problem:range-not-satisfiable",
  );
}

async function problems(connect: Connect, { refusingUrl, problems, ids, lensFile }: Plan): Promise<void> {
  for (const { name, status, detail, operation } of problems) {
    const client = connect(`${refusingUrl}/${name}`);
    const outcome = await ({
      createProbe: () => client.probe(ids, ["logit"]),
      putLens: () => client.upload("mine", lensFile, false),
      getLensWeights: () => client.download("mine"),
      createImport: () => client.importLens("somebody/lens"),
      createJob: () => client.makeJob([ids]),
    }[operation])();
    const problem = problemOf(outcome);
    equal([problem.type, problem.status, problem.detail], [`urn:midstream:problem:${name}`, status, detail]);
  }
}

async function retries(client: ClientUnderTest, { ids, cells }: Plan): Promise<void> {
  equal(valueOf(await client.probe(ids, ["logit", "tuned"])).readouts.length, cells.length);
}

function valueOf<T>(outcome: Outcome<T>): T {
  if ("value" in outcome) return outcome.value;
  throw new Error(`refused: ${JSON.stringify(outcome.problem)}`);
}

function problemOf(outcome: Outcome<unknown>): Problem {
  if ("problem" in outcome) return outcome.problem;
  throw new Error("answered where it must refuse");
}

function equal(actual: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${a?.slice(0, 500)} is not ${b?.slice(0, 500)}`);
}

function near(actual: number | undefined, expected: number | undefined): void {
  if (actual === undefined || expected === undefined || Math.abs(actual - expected) > 1e-3) {
    throw new Error(`${actual} is not near ${expected}`);
  }
}
