import assert from "node:assert/strict";
import type { PrecisionChoice } from "../model/engine/precision.ts";
import { parseSettings, SettingsError } from "./parse.ts";
import type { Environment } from "./setting.ts";
import { flagOf, ROWS, SETTINGS, type Settings, variableOf } from "./table.ts";

const HOME = { HOME: "/home/ada" };

function parsed(args: string[], env: Environment = HOME): Settings {
  const settings = parseSettings(args, env);
  assert(!("help" in settings));
  return settings;
}

function refused(args: string[], env: Environment = HOME): string {
  let message = "";
  assert.throws(() => parseSettings(args, env), (error: Error) => {
    assert(error instanceof SettingsError);
    message = error.message;
    return true;
  });
  assert(!message.includes("\n"), message);
  return message;
}

Deno.test("Settings has the types of the table's parsers, not of their defaults", () => {
  const { precision, logFormat, threads }: {
    precision: PrecisionChoice;
    logFormat: "text" | "json";
    threads: number | undefined;
  } = parsed(["--log-format", "json", "--threads", "3"]);
  assert.deepEqual([precision, logFormat, threads], ["auto", "json", 3]);
});

Deno.test("parseSettings() has a default for everything", () => {
  assert.deepEqual(parsed([]), {
    model: undefined,
    lens: [],
    precision: "auto",
    streamWeights: false,
    host: "127.0.0.1",
    port: 8000,
    open: false,
    keys: undefined,
    trustedProxy: [],
    basePath: "",
    corsOrigin: [],
    metricsPublic: false,
    allowedHost: [],
    data: "/home/ada/.local/share/midstream",
    redis: undefined,
    selfCheck: false,
    threads: undefined,
    maxTokens: undefined,
    maxResponseBytes: 33_554_432,
    maxBodyBytes: 4_194_304,
    maxLensBytes: 34_359_738_368,
    lensQuotaBytes: 68_719_476_736,
    jobQuotaBytes: 17_179_869_184,
    jobKeep: 604_800,
    maxJobPrompts: 100_000,
    prefixCache: undefined,
    lensMemory: undefined,
    requestTimeout: 300,
    queue: 64,
    queueTokens: 1_000_000,
    queueWait: 240,
    parallel: 4,
    drainTimeout: 30,
    logLevel: "info",
    logFormat: "text",
    logPrompts: false,
    blocksPerStage: undefined,
    chunkTokens: undefined,
    rowBlock: undefined,
  });
});

Deno.test("parseSettings() reads flags with a space or an equals sign, switches, and repeated flags", () => {
  const settings = parsed([
    "--",
    "--port",
    "9",
    "--model=/models/a=b",
    "--log-prompts",
    "--max-response-bytes",
    "2GiB",
    "--allowed-host",
    "a.example",
    "--allowed-host=b.example",
    "--open=false",
  ]);
  assert.equal(settings.port, 9);
  assert.equal(settings.model, "/models/a=b");
  assert.equal(settings.logPrompts, true);
  assert.equal(settings.open, false);
  assert.equal(settings.maxResponseBytes, 2 ** 31);
  assert.deepEqual(settings.allowedHost, ["a.example", "b.example"]);
  assert.equal(parsed(["--port", "1", "--port", "2"]).port, 2);
});

Deno.test("parseSettings() takes the environment twin unless the flag is given; an empty one is not set", () => {
  const env = { ...HOME, MIDSTREAM_PORT: "7", MIDSTREAM_ALLOWED_HOST: "a.example, b.example", MIDSTREAM_OPEN: "1" };
  assert.equal(parsed([], env).port, 7);
  assert.equal(parsed(["--port=8"], env).port, 8);
  assert.deepEqual(parsed([], env).allowedHost, ["a.example", "b.example"]);
  assert.deepEqual(parsed(["--allowed-host=c"], env).allowedHost, ["c"]);
  assert.equal(parsed([], env).open, true);
  assert.equal(parsed([], { ...HOME, MIDSTREAM_PORT: "" }).port, 8000);
});

Deno.test("parseSettings() names the flag or variable, the value and what is allowed", () => {
  assert.equal(
    refused(["--port", "http"]),
    '--port: "http" is not allowed; allowed is a whole number from 0 to 65535',
  );
  assert.equal(
    refused([], { ...HOME, MIDSTREAM_LOG_FORMAT: "xml" }),
    'MIDSTREAM_LOG_FORMAT: "xml" is not allowed; allowed is one of text, json',
  );
  assert.match(refused(["--allowed-host", "ok", "--allowed-host", "a:80"]), /^--allowed-host: "a:80"/);
  assert.match(refused(["--precision", "q3"]), /"q3" is not allowed; allowed is one of auto, f32, q16, q8, q4/);
  for (const bad of ["65536", "-1", "1.5", "1e3", " 1", "0x10", ""]) refused([`--port=${bad}`]);
  for (const bad of ["1MB", "1 MiB", "MiB", "0", "99999999GiB"]) refused([`--max-body-bytes=${bad}`]);
  assert.match(refused(["--port"]), /^--port: the value is missing/);
  assert.match(refused(["--port", "--open"]), /^--port: the value is missing/);
  assert.match(refused(["--open=maybe"]), /true or false/);
});

Deno.test("parseSettings() refuses unknown flags, suggesting the nearest", () => {
  assert.match(refused(["--prot", "1"]), /^--prot is not a flag: did you mean --port\?/);
  assert.match(refused(["--maxtokens=1"]), /did you mean --max-tokens\?/);
  assert.equal(refused(["--quantum-foam"]), "--quantum-foam is not a flag: --help lists them");
  assert.match(refused(["./model"]), /^".\/model" is not expected/);
});

Deno.test("parseSettings() refuses a host that others can reach unless that is meant", () => {
  assert.match(refused(["--host", "0.0.0.0"]), /^--host: "0.0.0.0".*--open.*127.0.0.1/);
  assert.match(refused([], { ...HOME, MIDSTREAM_HOST: "::" }), /^MIDSTREAM_HOST: "::"/);
  assert.equal(parsed(["--host", "0.0.0.0", "--open"]).host, "0.0.0.0");
  for (const host of ["127.0.0.1", "127.8.9.10", "::1", "localhost"]) assert.equal(parsed(["--host", host]).host, host);
  for (const host of ["127.0.0.1.evil.example", "localhost.example", "10.0.0.1"]) refused(["--host", host]);
});

Deno.test("parseSettings() takes the address of a Redis, and never says what secret was in a wrong one", () => {
  for (const url of ["redis://127.0.0.1", "redis://:s3cret@redis:6379/2", "rediss://ann:s3cret@[::1]:6380/"]) {
    assert.equal(parsed([], { ...HOME, MIDSTREAM_REDIS: url }).redis, url);
  }
  for (
    const bad of [
      "redis:6379",
      "http://:s3cret@redis",
      "redis://:s3cret@redis/jobs",
      "redis://:s3cret@redis?db=1",
      "s3cret",
    ]
  ) {
    const message = refused([`--redis=${bad}`]);
    assert.match(message, /^--redis: what it says is not allowed; allowed is redis:\/\//);
    assert(!message.includes("s3cret"), message);
  }
});

Deno.test("parseSettings() takes streamed weights with float32 only", () => {
  assert.equal(parsed(["--precision", "f32", "--stream-weights"]).streamWeights, true);
  assert.match(refused(["--stream-weights"]), /^--stream-weights: .* add --precision f32$/);
  assert.match(
    refused(["--precision", "q16"], { ...HOME, MIDSTREAM_STREAM_WEIGHTS: "1" }),
    /^MIDSTREAM_STREAM_WEIGHTS/,
  );
});

Deno.test("parseSettings() takes how long jobs are kept in hours or days", () => {
  assert.equal(parsed(["--job-keep", "12h"]).jobKeep, 43_200);
  assert.equal(parsed(["--job-keep=30d"]).jobKeep, 2_592_000);
  for (const bad of ["7", "0d", "3651d", "1w", "1.5d", "-1d", "d", "7 d"]) refused([`--job-keep=${bad}`]);
});

Deno.test("parseSettings() puts data where XDG says, and asks for it when no home is known", () => {
  assert.equal(parsed([], { XDG_DATA_HOME: "/x", ...HOME }).data, "/x/midstream");
  assert.match(refused([], {}), /^--data must be given/);
  assert.equal(parsed(["--data", "/d"], {}).data, "/d");
});

Deno.test("parseSettings() answers --help with every flag, variable and default, whatever else is given", () => {
  const answer = parseSettings(["--port", "nonsense", "--help"], {});
  assert("help" in answer);
  for (const row of ROWS) {
    assert(answer.help.includes(`  ${flagOf(row)}`), row);
    assert(answer.help.includes(`(${variableOf(row)})`), row);
    const words = `${SETTINGS[row].description} [${SETTINGS[row].shownDefault}]`;
    assert(answer.help.replaceAll(/\s+/g, " ").includes(words), row);
  }
  assert(answer.help.split("\n").every((line) => line.length <= 100));
});
