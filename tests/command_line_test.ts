import assert from "node:assert/strict";
import { GOLDEN } from "./service/golden_files.ts";
import { raisedDemo, variedIds } from "./service/raised_demo.ts";
import { MAIN, runMain } from "./service/run_main.ts";

interface Started extends AsyncDisposable {
  readonly process: Deno.ChildProcess;
  /** The address, once the model is loaded. */
  readonly url: Promise<string>;
}

/** The program as a user starts it, on a free port. */
async function start(flags: readonly string[]): Promise<Started> {
  const data = await Deno.makeTempDir();
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "-A", MAIN, "--port", "0", "--data", data, "--log-format", "json", ...flags],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const { promise: url, resolve, reject } = Promise.withResolvers<string>();
  url.catch(() => {});
  const reading = (async () => {
    let text = "";
    for await (const piece of process.stderr.pipeThrough(new TextDecoderStream())) {
      text += piece;
      const ready = text.match(/ready: .*?(http:\/\/127\.0\.0\.1:\d+)/);
      if (ready) resolve(ready[1]!);
    }
    reject(new Error(`ended before it was ready: ${text}`));
  })();
  return {
    process,
    url,
    [Symbol.asyncDispose]: async () => {
      await process.status;
      await reading;
      await Deno.remove(data, { recursive: true });
    },
  };
}

Deno.test("SIGTERM drains: /readyz is 503, the running answer is finished whole, new work is refused, exit 0", async () => {
  await using model = await raisedDemo();
  await using started = await start(["--model", model.folder]);
  const url = await started.url;
  const post = (body: unknown) =>
    fetch(`${url}/probe/stream`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const running = await post({ prompt: variedIds(4096), positions: "all" });
  started.process.kill("SIGTERM");
  let ready = await fetch(`${url}/readyz`);
  while (ready.status === 200) {
    await ready.body?.cancel();
    ready = await fetch(`${url}/readyz`);
  }
  assert.equal(ready.status, 503);
  assert.ok(ready.headers.has("retry-after"));
  await ready.body?.cancel();
  const refused = await post({ prompt: "no more" });
  assert.equal(refused.status, 503);
  assert.ok(refused.headers.has("retry-after"));
  await refused.body?.cancel();
  const lines = (await running.text()).trimEnd().split("\n");
  assert.equal(JSON.parse(lines.at(-1)!).type, "end");
  assert.equal(lines.filter((line) => line.startsWith('{"type":"output"')).length, 4096);
  assert.equal((await started.process.status).code, 0);
});

Deno.test("a second Ctrl-C ends at once with 130, and the engine process goes too", async () => {
  await using model = await raisedDemo();
  await using started = await start(["--model", model.folder]);
  const url = await started.url;
  const running = await fetch(`${url}/probe/stream`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ prompt: variedIds(8000), positions: "all" }),
  });
  started.process.kill("SIGINT");
  let ready = await fetch(`${url}/readyz`);
  while (ready.status === 200) {
    await ready.body?.cancel();
    ready = await fetch(`${url}/readyz`);
  }
  await ready.body?.cancel();
  started.process.kill("SIGINT");
  assert.equal((await started.process.status).code, 130);
  await running.body?.cancel().catch(() => {});
});

Deno.test("a start that fails says why in one line and exits 1, without a stack trace or a path", async () => {
  const cases: [string[], RegExp][] = [
    [["--model", "/nowhere/at-all"], /at-all/],
    [["--model", `${GOLDEN}/badfiles/common`, "--precision", "f8"], /--precision.*f8.*f32/],
    [["--port", "http"], /--port.*http/],
    [["--host", "0.0.0.0"], /0\.0\.0\.0.*--open/],
    [["--prot", "1"], /--port/],
  ];
  for (const [flags, expected] of cases) {
    const { code, stdout, stderr } = await runMain(flags);
    const lines = stderr.trimEnd().split("\n").filter((line) => !line.includes("INF"));
    assert.equal(code, 1, stderr);
    assert.equal(stdout, "");
    assert.equal(lines.length, 1, stderr);
    assert.match(lines[0]!, expected);
    assert.doesNotMatch(lines[0]!, /\bat file:|\/nowhere\//);
  }
});

Deno.test("a port that is taken is named in one line", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { code, stderr } = await runMain(["--port", String(taken.addr.port)]);
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`^midstream could not start: --port: ${taken.addr.port} is taken[^\\n]*\\n$`));
});

Deno.test("what cannot fit into memory is refused with the figures before anything is loaded", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.copyFile(`${GOLDEN}/architectures/llama-mha-untied/model.safetensors`, `${folder}/model.safetensors`);
  const config = JSON.parse(await Deno.readTextFile(`${GOLDEN}/architectures/llama-mha-untied/config.json`));
  // Keys and values of one prompt of a hundred million tokens.
  await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify({ ...config, max_position_embeddings: 16_000_000 }));
  const { code, stderr } = await runMain(["--model", folder]);
  assert.equal(code, 1);
  assert.match(stderr, /needs [\d.]+ GiB.*longest prompt.*there are [\d.]+ GiB/s);
  const exact = await runMain(["--model", folder, "--precision", "f32"]);
  assert.equal(exact.code, 1);
  assert.match(exact.stderr, /needs [\d.]+ GiB in f32 .*; --precision f32 --stream-weights would need [\d.]+ GiB; /);
  assert.equal(exact.stderr.trimEnd().split("\n").filter((line) => !line.includes("INF")).length, 1, exact.stderr);
  const shorter = await start(["--model", folder, "--max-tokens", "512"]);
  await shorter.url;
  shorter.process.kill("SIGTERM");
  await shorter[Symbol.asyncDispose]();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("--help names every flag with its environment twin and default", async () => {
  const { code, stdout } = await runMain(["--help"]);
  assert.equal(code, 0);
  for (const part of ["--model", "MIDSTREAM_MODEL", "--port", "MIDSTREAM_PORT", "8000", "--drain-timeout"]) {
    assert.ok(stdout.includes(part), part);
  }
});
