import { DEMO, readJson } from "./golden_files.ts";

/** The demo's weights under a config that takes prompts of 8,192 tokens. */
export async function raisedDemo(): Promise<AsyncDisposable & { readonly folder: string }> {
  const folder = await Deno.makeTempDir();
  for await (const { name } of Deno.readDir(`${DEMO}/model`)) {
    await Deno.copyFile(`${DEMO}/model/${name}`, `${folder}/${name}`);
  }
  const config = readJson<Record<string, unknown>>(`${DEMO}/model/config.json`);
  await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify({ ...config, max_position_embeddings: 8192 }));
  return { folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

/** Token ids that repeat nothing for long. */
export function variedIds(count: number, vocabulary = 4096): number[] {
  return Array.from({ length: count }, (_, i) => 3 + ((i * 2654435761) >>> 7) % (vocabulary - 3));
}
