import { COMMIT_A, TestHub } from "../../model/checkpoint/hub/test_hub.ts";
import { type RunningService, runService } from "../service/running_service.ts";

const LENSES = new URL("../../demo/lenses/", import.meta.url);

export interface FuzzedService extends AsyncDisposable {
  readonly url: string;
  /** Lens files that it takes, by path. */
  readonly lenses: string;
}

/** The demo with a lens of its own (`kept`), beside a hub that has lenses for it. */
export async function fuzzedService(): Promise<FuzzedService> {
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
    running = await runService([], { HF_HOME: `${folder}/hub`, HF_ENDPOINT: hub.endpoint });
    const kept = await running.put("kept", jacobian);
    if (kept.status !== 201) throw new Error(`the lens was not taken: ${await kept.text()}`);
    await kept.body?.cancel();
  } catch (error) {
    await close();
    throw error;
  }
  return { url: running.url, lenses: folder, [Symbol.asyncDispose]: close };
}
