import { addKey } from "../../lab/keys/key_file.ts";
import { COMMIT_A, TestHub } from "../../model/checkpoint/hub/test_hub.ts";
import { type RunningService, runService } from "../service/running_service.ts";

const LENSES = new URL("../../demo/lenses/", import.meta.url);

export interface FuzzedService extends AsyncDisposable {
  readonly url: string;
  /** Lens files that it takes, by path. */
  readonly lenses: string;
  /** What is in Authorization of whoever may do everything; null where there are no keys. */
  readonly authorization: string | null;
}

/** The demo with a lens of its own (`kept`), with keys or without, beside a hub that has lenses for it. */
export async function fuzzedService({ keys }: { readonly keys: boolean }): Promise<FuzzedService> {
  const read = (name: string) => Deno.readFile(new URL(name, LENSES));
  const [jacobian, params, config] = await Promise.all(
    ["jacobian.pt", "tuned/params.pt", "tuned/config.json"].map(read),
  ) as [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
  const folder = await Deno.makeTempDir({ prefix: "midstream-fuzzed-" });
  await Promise.all([
    Deno.writeFile(`${folder}/jacobian.pt`, jacobian),
    Deno.writeFile(`${folder}/tuned.pt`, params),
    Deno.mkdir(`${folder}/hub`),
  ]);
  const at = (files: Record<string, Uint8Array>) => ({ commits: { [COMMIT_A]: files }, refs: { main: COMMIT_A } });
  const published = "lens/midstream-demo";
  const hub = new TestHub([
    {
      id: "spaces/AlignmentResearch/tuned-lens",
      ...at({ [`${published}/params.pt`]: params, [`${published}/config.json`]: config }),
    },
    { id: "lab/lenses", ...at({ "jacobian.pt": jacobian }) },
  ]);
  let running: RunningService | undefined;
  const close = async () => {
    await running?.[Symbol.asyncDispose]();
    await hub[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  };
  try {
    const key = keys ? await addKey(`${folder}/keys.json`, { id: "fuzzer", role: "admin" }) : null;
    const authorization = key && `Bearer ${key.secret}`;
    // Whoever asks without a key too often has to wait: the fuzzer says that each request is another's.
    const flags = keys ? ["--keys", `${folder}/keys.json`, "--trusted-proxy", "127.0.0.1"] : [];
    running = await runService(flags, { HF_HOME: `${folder}/hub`, HF_ENDPOINT: hub.endpoint });
    const headers: Record<string, string> = authorization === null ? {} : { authorization };
    const kept = await running.put("kept", jacobian, { headers });
    if (kept.status !== 201) throw new Error(`the lens was not taken: ${await kept.text()}`);
    await kept.body?.cancel();
    return { url: running.url, lenses: folder, authorization, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}
