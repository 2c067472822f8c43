import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runService } from "../service/running_service.ts";
import { output, pythonEnvironment } from "./python_environment.ts";

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const environment = await pythonEnvironment(path("tests/own_clients/requirements.txt"));
const ignore = "unavailable" in environment;
const python = "unavailable" in environment ? "python3" : environment.python;
const where = "unavailable" in environment ? `skipped: ${environment.unavailable}` : `Python ${environment.version}`;
const env = { PYTHONPATH: path("clients/python"), PYTHONDONTWRITEBYTECODE: "1", MPLBACKEND: "agg" };
const PAGE = path("docs/notebook.md");
const PICTURE = path("docs/heat_map.png");
const MOST_BYTES = 80_000;

Deno.test({
  name: `docs/notebook.md: every block runs and prints what the page shows (${where})`,
  ignore,
  async fn() {
    await using running = await runService();
    const blocks = (await Deno.readTextFile(PAGE)).match(/^```python$/gm)!.length;
    const { success, text, stdout } = await output(
      python,
      [path("tests/own_clients/run_page.py"), PAGE, running.url],
      env,
    );
    assert.ok(success, text);
    assert.equal(stdout, `${blocks} blocks ran\n`);
    assert.ok(blocks >= 7);
  },
});

Deno.test({
  name: `a page that shows what its blocks do not print is told so (${where})`,
  ignore,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const run = async (shown: string) => {
        const page = `${folder}/page.md`;
        await Deno.writeTextFile(
          page,
          `\`\`\`python\nprint("kl", 1.5, float("nan"))\n\`\`\`\n\n\`\`\`text\n${shown}\n\`\`\`\n`,
        );
        return await output(python, [path("tests/own_clients/run_page.py"), page, "http://127.0.0.1:1"], env);
      };
      assert.ok((await run("kl   1.501 nan")).success);
      for (const wrong of ["kl 1.6 nan", "js 1.5 nan", "kl 1.5", "kl 1.5 nan nan"]) {
        assert.ok(!(await run(wrong)).success, wrong);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: `examples/heat_map.py makes the picture of the page, whose code it is (${where})`,
  ignore,
  async fn() {
    await using running = await runService();
    const folder = await Deno.makeTempDir();
    try {
      const file = `${folder}/heat_map.png`;
      const drawn = await output(python, [path("examples/heat_map.py"), file], { ...env, MIDSTREAM_URL: running.url });
      assert.ok(drawn.success, drawn.text);
      assert.equal(drawn.text, "");
      const compare = `import sys, matplotlib.image as image
made, kept = (image.imread(name) for name in sys.argv[1:])
print(made.shape == kept.shape and abs(made - kept).mean(), made.std())`;
      const { stdout, text } = await output(python, ["-c", compare, file, PICTURE], env);
      const [difference, contrast] = stdout.split(" ").map(Number);
      assert.ok(difference! < 0.005 && contrast! > 0.1, text);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("docs/heat_map.png is small, and the page shows the code that made it", async () => {
  assert.ok((await Deno.stat(PICTURE)).size <= MOST_BYTES);
  const [, block = "none"] = /```python\nimport matplotlib[^\n]*\n\n([^`]*)```/.exec(await Deno.readTextFile(PAGE)) ??
    [];
  assert.ok((await Deno.readTextFile(path("examples/heat_map.py"))).includes(block), "the page and the script differ");
});
