import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runService } from "../service/running_service.ts";
import { difficultService } from "./difficult_service.ts";
import { output, pythonEnvironment } from "./python_environment.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const CLIENT = fileURLToPath(new URL("../../clients/python", import.meta.url));
const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));
const environment = await pythonEnvironment(`${HERE}requirements.txt`);
const ignore = "unavailable" in environment;
const python = "unavailable" in environment ? "python3" : environment.python;
const where = "unavailable" in environment ? `skipped: ${environment.unavailable}` : `Python ${environment.version}`;

Deno.test({
  name: `midstream.py does what it says against a running service (${where})`,
  ignore,
  async fn() {
    await using running = await runService();
    await using difficult = difficultService(running.url);
    const { success, text } = await output(
      python,
      ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", HERE],
      {
        PYTHONPATH: CLIENT,
        PYTHONDONTWRITEBYTECODE: "1",
        MIDSTREAM_URL: running.url,
        MIDSTREAM_DIFFICULT_URL: difficult.url,
      },
    );
    assert.ok(success, text);
    assert.match(text, /^[4-9]\d passed in /m);
    const asked = difficult.asked("429,503/python");
    assert.equal(asked.length, 3);
    for (const [at, time] of asked.slice(1).entries()) {
      assert.ok(time - asked[at]! >= 1000, `after ${time - asked[at]!}`);
    }
  },
});

Deno.test({
  name: `midstream.py, its tests and the Python examples pass mypy --strict (${where})`,
  ignore,
  async fn() {
    // Kept with the environment: what mypy found out about pandas stays true as long as its version.
    const cache = `${python.replace(/bin\/python$/, "")}mypy-cache`;
    const sources = [`${CLIENT}/midstream.py`, ...pythonFiles(HERE), ...pythonFiles(EXAMPLES)];
    const { success, text } = await output(python, ["-m", "mypy", "--strict", "--cache-dir", cache, ...sources], {
      MYPYPATH: CLIENT,
    });
    assert.ok(success, text);
    assert.match(text, new RegExp(`no issues found in ${sources.length} source files`));
  },
});

function pythonFiles(folder: string): string[] {
  return [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".py")).map(({ name }) => folder + name);
}
