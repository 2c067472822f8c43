import assert from "node:assert/strict";
import { createLog, type LogSettings } from "./create_log.ts";

const TEXT: LogSettings = { logLevel: "info", logFormat: "text", logPrompts: false };
const JSON_LINES: LogSettings = { ...TEXT, logFormat: "json" };

function logged(settings: LogSettings, colour = false) {
  const lines: string[] = [];
  return { lines, log: createLog(settings, { write: (line) => lines.push(line), colour }) };
}

const REQUEST = { method: "POST", route: "/probe", status: 200, request_id: "a-1", ms: 12.345, tokens: 12 };

Deno.test("createLog() writes a text line with the message first and every property once", () => {
  const { lines, log } = logged(TEXT);
  log.info("{method} {route} {status}", REQUEST);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /^\d\d:\d\d:\d\d\.\d{3} INF POST \/probe 200 {2}request_id=a-1 ms=12.3 tokens=12\n$/);
});

Deno.test("createLog() writes JSON lines with the properties at the top", () => {
  const { lines, log } = logged(JSON_LINES);
  log.warn("{method} {route} {status}", REQUEST);
  const { "@timestamp": time, ...line } = JSON.parse(lines[0] ?? "");
  assert(Math.abs(Date.parse(time) - Date.now()) < 60_000);
  assert.deepEqual(line, { level: "WARN", logger: "midstream", message: "POST /probe 200", ...REQUEST });
  assert(lines[0]?.endsWith("}\n"));
});

Deno.test("createLog() writes nothing below its level", () => {
  const { lines, log } = logged({ ...TEXT, logLevel: "warning" });
  log.debug("d");
  log.info("i");
  log.warn("w");
  log.error("e");
  assert.deepEqual(lines.map((line) => line.slice(13)), ["WRN w\n", "ERR e\n"]);
});

Deno.test("createLog() keeps what people typed out unless asked", () => {
  for (const settings of [TEXT, JSON_LINES]) {
    for (const logPrompts of [false, true]) {
      const { lines, log } = logged({ ...settings, logPrompts });
      log.info("probe", { prompt: "my secret", messages: [{ content: "my secret" }], text: "my secret" });
      assert.equal(lines.join("").includes("my secret"), logPrompts);
    }
  }
});

Deno.test("createLog() tells an error with its stack and its cause, in both formats", () => {
  const error = new Error("outer", { cause: new RangeError("inner") });
  const text = logged(TEXT);
  text.log.error("request {request_id} failed", { request_id: "r", error });
  assert.match(
    text.lines[0] ?? "",
    /ERR request r failed\n {4}Error: outer\n {4} +at .*[^]*caused by .*RangeError: inner/,
  );
  const json = logged(JSON_LINES);
  json.log.error("request {request_id} failed", { request_id: "r", error });
  assert.equal(json.lines[0]?.split("\n").length, 2);
  assert.match(json.lines[0] ?? "", /outer.*inner/);
});

Deno.test("createLog() lets no value steer the terminal or begin a line", () => {
  const { lines, log } = logged({ ...TEXT, logPrompts: true });
  log.info("{method}", { method: "\x1b[2J\nINF forged", prompt: "a\r\n\x1b]0;title\x07" });
  assert.equal(lines[0]?.split("\n").length, 2);
  // deno-lint-ignore no-control-regex
  assert(!/[\x00-\x09\x0b-\x1f]/.test(lines[0] ?? ""));
});

Deno.test("createLog() colours a terminal's lines", () => {
  const { lines, log } = logged(TEXT, true);
  log.error("e");
  assert(lines[0]?.includes("\x1b["));
});
