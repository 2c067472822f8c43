import { join } from "node:path";

/** Random models and lenses by the peers' make_shapes.py, made when first asked for and kept. */
export class Shapes {
  constructor(
    private readonly settings: { readonly python: string; readonly peers: string; readonly shapes: string },
  ) {}

  /** A model of a named shape, in float32. @returns its folder */
  model(shape: string): Promise<string> {
    return this.#made(shape, (folder) => ["model", folder, "--shape", shape, "--dtype", "f32"]);
  }

  /** A tuned lens in float32, as tuned-lens saves it. @returns its folder, with config.json and params.pt */
  lens({ name, folder: model }: { readonly name: string; readonly folder: string }): Promise<string> {
    return this.#made(`lens-${name}`, (folder) => ["lens", folder, "--model", model]);
  }

  /** Made under another name first: a folder that is there is whole. */
  async #made(name: string, args: (folder: string) => string[]): Promise<string> {
    const { python, peers, shapes } = this.settings;
    const folder = join(shapes, name);
    if (await Deno.stat(folder).catch(() => undefined)) return folder;
    await Deno.mkdir(shapes, { recursive: true });
    const making = await Deno.makeTempDir({ dir: shapes });
    try {
      const { success, stderr } = await new Deno.Command(python, {
        args: [join(peers, "make_shapes.py"), ...args(making)],
        env: { PYTHONDONTWRITEBYTECODE: "1" },
      }).output();
      if (!success) throw new Error(new TextDecoder().decode(stderr).trim().split("\n").at(-1));
      await Deno.rename(making, folder);
    } catch (error) {
      await Deno.remove(making, { recursive: true });
      throw error;
    }
    return folder;
  }
}
