import { EmbeddedJobs } from "../../../lab/jobs/embedded_store.ts";
import { smallLens } from "../../../lens/library/fixtures/small_library.ts";
import { openLensLibrary } from "../../../lens/library/folder_library.ts";
import { addGivenLens } from "../../../lens/library/given_lens.ts";
import { lensImporter } from "../../../lens/library/import_lens.ts";
import type { LensLibrary } from "../../../lens/library/types.ts";
import type { Log } from "../../../log/log.ts";
import { COMMIT_A, TestHub } from "../../../model/checkpoint/hub/test_hub.ts";
import { jobRunner } from "../../../routes/jobs/job_runner.ts";
import { modelWhenLoaded } from "../../../routes/loaded_model.ts";
import { DESCRIPTION } from "../../../routes/testing/memory_engine.ts";
import { testApp } from "../../../routes/testing/test_app.ts";

/** A service in this process: what it is asked goes over no socket. */
export interface MemoryService extends AsyncDisposable {
  readonly url: string;
  readonly fetch: (request: Request) => Promise<Response>;
}

const URL_OF_IT = "http://127.0.0.1:8000";
const MIB = 1024 ** 2;
const DAY_MS = 86_400_000;
/** Faults are told, and no request. */
const log: Log = {
  debug() {},
  info() {},
  warn() {},
  error: (message, properties) => console.error(message, properties),
};
const { layers, dModel } = DESCRIPTION;

/** The whole app over the engine in memory, with lenses and jobs on a disk and a hub, as the demo has them. */
export async function memoryService(): Promise<MemoryService> {
  await using started = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "midstream-conformance-" });
  started.defer(() => Deno.remove(folder, { recursive: true }));
  const hub = started.use(smallHub());
  const lenses = started.use(await libraryIn(folder));
  const jobs = started.use(
    await EmbeddedJobs.open({
      folder: `${folder}/jobs`,
      limits: { maxBytes: 1024 * MIB, keepMs: DAY_MS, maxPrompts: 1000 },
      log,
    }),
  );
  const { app, parts } = await testApp({
    lenses: Promise.resolve(lenses),
    jobs: Promise.resolve(jobs),
    imports: lensImporter({ HF_HOME: `${folder}/hub`, HF_ENDPOINT: hub.endpoint }),
    settings: { maxBodyBytes: MIB, maxLensBytes: MIB },
    log,
  });
  started.use(jobRunner({ ...parts, log, keyring: null, model: modelWhenLoaded(parts) }, jobs));
  const held = started.move();
  return {
    url: URL_OF_IT,
    fetch: async (request) => await app.fetch(request, { remoteAddress: "127.0.0.1" }),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** Two lenses of the process, as the demo's are called, and one that can be changed. */
async function libraryIn(folder: string): Promise<LensLibrary> {
  const library = await openLensLibrary({ folder: `${folder}/lenses`, cacheFolder: folder, log });
  library.useModel({ id: DESCRIPTION.id, layers, dModel, unembedHash: null });
  for (const [seed, id] of ["tuned", "jacobian"].entries()) {
    const source = `${folder}/${id}.safetensors`;
    await Deno.writeFile(source, smallLens(seed, { layers, dModel }));
    await addGivenLens(library, { id, source }, {}, () => {});
  }
  return library;
}

/** A hub that has what the document's examples name. */
function smallHub(): TestHub {
  const lens = smallLens(7, { layers, dModel });
  const config = new TextEncoder().encode(JSON.stringify({ d_model: dModel, num_hidden_layers: layers, bias: true }));
  const at = (files: Record<string, Uint8Array>) => ({ commits: { [COMMIT_A]: files }, refs: { main: COMMIT_A } });
  const published = [DESCRIPTION.id, "meta-llama/Llama-2-7b-hf"].flatMap((model) => [
    [`lens/${model}/params.pt`, lens] as const,
    [`lens/${model}/config.json`, config] as const,
  ]);
  return new TestHub([
    { id: "spaces/AlignmentResearch/tuned-lens", ...at(Object.fromEntries(published)) },
    { id: "spaces/lab/lenses", ...at({ "stories/jacobian.pt": lens }) },
  ]);
}
