/**
 * Uploads mutated lens files to the whole service: `deno run -A tests/fuzz/lens_uploads.ts --cases 2000 --seed 1`.
 * Ends with 1, the seed and the smallest counterexample where a promise was broken.
 */
import fc from "fast-check";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { parseArgs } from "node:util";
import { residentTree } from "../../bench/process_memory.ts";
import { type RunningService, runService } from "../service/running_service.ts";
import { acceptedLenses, FITTING_MODEL } from "./accepted_lenses.ts";
import { mutated, verdict } from "./lens_files.ts";
import { mutations } from "./mutations.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** An answer that takes longer hangs. No figure of speed: machines that run tests are shared. */
const HANGS_MS = 30_000;
const ID = "mutated";

export interface UploadFuzzResult {
  readonly cases: number;
  /** Stored, applied in a probe, and deleted again. */
  readonly accepted: number;
  /** Refusals by status and kind of problem. */
  readonly refused: ReadonlyMap<string, number>;
  /** ms of the slowest upload. */
  readonly slowest: number;
  /** Bytes of resident memory, of the service and its engine, that the second half of the run added. */
  readonly growth: number;
}

/**
 * Uploads mutations of accepted files, with a Content-Length and without: each is answered below 500, a refused one leaves
 * nothing on disk, an accepted one's translators are what a naive decoder says, come back byte for byte, and answer a probe.
 *
 * @throws with the seed, path and smallest counterexample that fast-check found
 */
export async function fuzzLensUploads(cases: number, seed: number): Promise<UploadFuzzResult> {
  const files = await acceptedLenses();
  await using running = await runService(["--model", FITTING_MODEL]);
  for (const file of files) assert.equal(await upload(running, file, false), null, "a file is refused as it is");
  const refused = new Map<string, number>();
  let [run, accepted, slowest, halfway] = [0, 0, 0, 0];
  const index = fc.nat({ max: files.length - 1 });
  const property = fc.asyncProperty(index, index, mutations, fc.boolean(), async (one, two, steps, chunked) => {
    if (++run === Math.ceil(cases / 2)) halfway = residentBytes();
    const start = performance.now();
    const refusal = await upload(running, mutated(files[one]!, files[two]!, steps), chunked);
    slowest = Math.max(slowest, performance.now() - start);
    if (refusal === null) accepted++;
    else refused.set(refusal, (refused.get(refusal) ?? 0) + 1);
  });
  await fc.assert(property, { numRuns: cases, seed, endOnFailure: false });
  return { cases: run, accepted, refused, slowest, growth: residentBytes() - halfway };
}

/** Status and kind of problem of the refusal; null after an accepted file was looked at and deleted. */
async function upload(running: RunningService, bytes: Bytes, chunked: boolean): Promise<string | null> {
  const response = await running.put(ID, chunked ? new Blob([bytes]).stream() : bytes, within());
  const body = await response.json();
  if (response.status >= 400) {
    assert.ok(response.status < 500, `${response.status}: ${JSON.stringify(body)}`);
    assert.ok(body.detail.length > 0);
    assert.deepEqual(left(running), [], "a refused file left something");
    return `${response.status} ${body.type.split(":").at(-1)}`;
  }
  assert.equal(response.status, 201);
  assert.equal(body.sha256, createHash("sha256").update(bytes).digest("hex"));
  assert.equal(await verdict(bytes), null, "the readers refuse what the service took");
  await checkUse(running, bytes, body.layers[0]);
  const deleted = await fetch(`${running.url}/lenses/${ID}`, { method: "DELETE", ...within() });
  assert.equal(deleted.status, 204);
  assert.deepEqual(left(running), [], "a deleted lens left something");
  return null;
}

async function checkUse(running: RunningService, bytes: Bytes, layer: number): Promise<void> {
  const weights = await fetch(`${running.url}/lenses/${ID}/weights`, within());
  assert.equal(weights.status, 200);
  assert.ok(Buffer.from(bytes).equals(await weights.bytes()), "the weights come back changed");
  const probe = await running.post("/probe", { prompt: [5, 6, 7], lenses: [ID], layers: [layer], top_k: 1 }, within());
  const answer = await probe.text();
  assert.ok(probe.status < 500, `probe: ${probe.status}: ${answer}`);
}

function within(): RequestInit {
  return { signal: AbortSignal.timeout(HANGS_MS) };
}

/** Everything in the service's folder of lenses. */
function left({ data }: RunningService): string[] {
  return ["incoming", "blobs", "ids"].flatMap((folder) =>
    [...Deno.readDirSync(`${data}/lenses/${folder}`)].map(({ name }) => `${folder}/${name}`)
  );
}

/** Of this process, which is the service, and of its engine, where the system tells. */
function residentBytes(): number {
  return Deno.build.os === "linux" ? residentTree(Deno.pid) : Deno.memoryUsage().rss;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { cases: { type: "string", default: "2000" }, seed: { type: "string", default: "1" } },
  });
  const start = performance.now();
  const result = await fuzzLensUploads(Number(values.cases), Number(values.seed));
  console.log(`${result.cases} uploads, seed ${values.seed}, ${((performance.now() - start) / 1000).toFixed(1)} s`);
  console.log(uploadFuzzReport(result));
}

/** Counts, one a line. */
export function uploadFuzzReport({ accepted, refused, slowest, growth }: UploadFuzzResult): string {
  return [
    `accepted ${accepted}, slowest ${slowest.toFixed(0)} ms, memory grown by ${(growth / 2 ** 20).toFixed(1)} MiB`,
    ...[...refused].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${String(count).padStart(8)}  ${kind}`),
  ].join("\n");
}
