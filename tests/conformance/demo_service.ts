import { COMMIT_A, TestHub } from "../../model/checkpoint/hub/test_hub.ts";
import { addKey } from "../../lab/keys/key_file.ts";
import { type RunningService, runService } from "../service/running_service.ts";

const LENSES = new URL("../../demo/lenses/", import.meta.url);
const SPACE = "spaces/AlignmentResearch/tuned-lens";

export interface DemoService extends AsyncDisposable, Pick<RunningService, "url"> {
  /** Headers that show a key which may do everything; none where the service has no keys. */
  readonly credentials: Readonly<Record<string, string>>;
}

/** The demo, with keys or without, beside a hub that has what the document's examples name. */
export async function demoService({ keys = false } = {}): Promise<DemoService> {
  await using started = new AsyncDisposableStack();
  const read = (path: string) => Deno.readFile(new URL(path, LENSES));
  const [params, config, jacobian] = await Promise.all([
    read("tuned/params.pt"),
    read("tuned/config.json"),
    read("jacobian.pt"),
  ]);
  const at = (files: Record<string, Uint8Array>) => ({ commits: { [COMMIT_A]: files }, refs: { main: COMMIT_A } });
  // For the loaded model, and for the one that the example names.
  const published = ["lens/midstream-demo", "lens/meta-llama/Llama-2-7b-hf"].flatMap((folder) => [
    [`${folder}/params.pt`, params] as const,
    [`${folder}/config.json`, config] as const,
  ]);
  const hub = started.use(
    new TestHub([
      { id: SPACE, ...at(Object.fromEntries(published)) },
      { id: "spaces/lab/lenses", ...at({ "stories/jacobian.pt": jacobian }) },
    ]),
  );
  const cache = await Deno.makeTempDir();
  started.defer(() => Deno.remove(cache, { recursive: true }));
  const keyFile = `${cache}/keys.json`;
  const key = keys ? await addKey(keyFile, { id: "conformance", role: "admin" }) : null;
  const flags = keys ? ["--keys", keyFile, "--trusted-proxy", "127.0.0.1"] : [];
  const running = started.use(await runService(flags, { HF_HOME: cache, HF_ENDPOINT: hub.endpoint }));
  const held = started.move();
  const credentials: DemoService["credentials"] = key === null ? {} : { authorization: `Bearer ${key.secret}` };
  return { url: running.url, credentials, [Symbol.asyncDispose]: () => held.disposeAsync() };
}
