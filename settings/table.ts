import { join } from "node:path";
import { PRECISION_CHOICES } from "../model/engine/precision.ts";
import { lensGiven } from "./lens_source.ts";
import {
  basePath,
  bytes,
  daysOrHours,
  derived,
  type Environment,
  hostName,
  list,
  network,
  oneOf,
  onOff,
  optional,
  origin,
  path,
  redisUrl,
  type Setting,
  setting,
  wholeNumber,
} from "./setting.ts";

/** Seconds in a day: longer waits are a mistake of units. */
const DAY = 86_400;

/**
 * The one table of settings. A row's name makes its flag and its environment twin: `maxTokens` is `--max-tokens` and
 * `MIDSTREAM_MAX_TOKENS`.
 */
export const SETTINGS = {
  model: optional(path("<folder|x.gguf|hub id>"), {
    otherwise: "the demo",
    description:
      "folder of a Hugging Face checkpoint (config.json, safetensors, tokenizer.json), a GGUF file (x.gguf), or " +
      "owner/name[@revision][:x.gguf] of one on the hub; HF_TOKEN opens gated ones",
  }),
  lens: list(lensGiven(), {
    description: "lens that lives for this process only: a file, a folder with config.json and params.pt, or " +
      "[spaces/]owner/name[@revision]:path on the hub; may be repeated",
  }),
  precision: setting(oneOf(PRECISION_CHOICES), {
    value: "auto",
    description:
      "arithmetic of the weights; auto takes the most faithful that fits into memory, of a GGUF its own blocks",
  }),
  streamWeights: setting(onOff(), {
    value: false,
    shown: "off",
    description:
      "with --precision f32: read the weights anew in every pass, for a model larger than memory; prompts that wait go " +
      "together (--parallel), and there is no prefix cache",
  }),
  host: setting(hostName("<address>"), { value: "127.0.0.1", description: "address to listen on" }),
  port: setting(wholeNumber("<port>", 0, 65_535), {
    value: 8000,
    description: "port to listen on; 0 takes a free one",
  }),
  open: setting(onOff(), {
    value: false,
    shown: "off",
    description:
      "serve whoever reaches the address without keys: any Host and Origin, and a --host that is not loopback",
  }),
  allowedHost: list(hostName("<name>"), {
    description: "name that a request's Host or Origin may bear besides loopback ones; may be repeated",
  }),
  keys: optional(path("<file>"), {
    otherwise: "no keys: everybody may everything",
    description:
      "key file, which `deno task key` makes: requests need a key then; changes are heard of within a second",
  }),
  trustedProxy: list(network(), {
    description: "balancer whose X-Forwarded-For is believed: an address or a network; may be repeated",
  }),
  basePath: setting(basePath(), {
    value: "",
    shown: "/",
    description: "path below which everything lies, for a service behind a balancer's prefix",
  }),
  corsOrigin: list(origin(), {
    description: "origin whose web pages may use the service (CORS); may be repeated",
  }),
  metricsPublic: setting(onOff(), {
    value: false,
    shown: "off",
    description: "GET /metrics needs no key; without this it needs an admin's, where there are keys",
  }),
  data: derived(path("<folder>"), {
    shown: "$XDG_DATA_HOME/midstream or ~/.local/share/midstream",
    from: dataFolder,
    description: "folder of what outlives the process: lenses, converted weights, jobs",
  }),
  redis: optional(redisUrl(), {
    otherwise: "this process alone",
    description:
      "Redis by which several processes with one --data folder share jobs and quotas (docs/replicas.md); give a " +
      "password by the variable, which other users do not see",
  }),
  selfCheck: setting(onOff(), {
    value: false,
    shown: "off",
    description: "check the numbers on the model and its lenses, print a table, and stop with 0 or 1",
  }),
  threads: optional(wholeNumber("<count>", 1, 1024), {
    otherwise: "the physical cores",
    description: "threads of the engine",
  }),
  maxTokens: optional(wholeNumber("<tokens>", 1, 2 ** 24), {
    otherwise: "the model's context",
    description: "longest prompt, in tokens",
  }),
  maxResponseBytes: setting(bytes(1024), {
    value: 32 * 2 ** 20,
    shown: "32MiB",
    description: "largest answer that is built whole; streams have no cap",
  }),
  maxBodyBytes: setting(bytes(1024), {
    value: 4 * 2 ** 20,
    shown: "4MiB",
    description: "largest request body that is read whole",
  }),
  maxLensBytes: setting(bytes(1024), {
    value: 32 * 2 ** 30,
    shown: "32GiB",
    description: "largest lens file that is taken",
  }),
  lensQuotaBytes: setting(bytes(0), {
    value: 64 * 2 ** 30,
    shown: "64GiB",
    description: "bytes that all uploaded lenses together may take on disk",
  }),
  jobQuotaBytes: setting(bytes(1024), {
    value: 16 * 2 ** 30,
    shown: "16GiB",
    description: "bytes that prompts and results of all jobs may take on disk; finished jobs that ended first go first",
  }),
  jobKeep: setting(daysOrHours(), {
    value: 7 * DAY,
    shown: "7d",
    description: "how long a finished job is kept with its result, as 12h or 7d",
  }),
  maxJobPrompts: setting(wholeNumber("<count>", 1, 10_000_000), {
    value: 100_000,
    description: "most prompts of a job",
  }),
  prefixCache: optional(bytes(0), {
    otherwise: "1GiB, or a quarter of the free memory",
    description:
      "keys and values of recent prompts kept in memory, so that what a prompt begins with is not computed again",
  }),
  lensMemory: optional(bytes(0), {
    otherwise: "512MiB",
    description: "lens translators kept in memory; more are read again from their file when they are used",
  }),
  requestTimeout: setting(wholeNumber("<seconds>", 1, DAY), {
    value: 300,
    description: "seconds after which a request is stopped with a 504; of a lens on its way, seconds without a byte",
  }),
  queue: setting(wholeNumber("<places>", 0, 100_000), {
    value: 64,
    description:
      "requests that may wait for the engine; the next one gets a 429, of one key already at half of what is free",
  }),
  queueTokens: setting(wholeNumber("<tokens>", 1, 2 ** 40), {
    value: 1_000_000,
    description: "tokens of the prompts that may wait",
  }),
  queueWait: setting(wholeNumber("<seconds>", 1, DAY), {
    value: 240,
    description: "seconds that a request is expected to wait at most; one that would wait longer gets a 429",
  }),
  parallel: setting(wholeNumber("<count>", 1, 64), {
    value: 4,
    description: "requests that the engine computes interleaved; the others wait in the queue",
  }),
  drainTimeout: setting(wholeNumber("<seconds>", 0, DAY), {
    value: 30,
    description: "seconds that requests in flight get to finish after SIGTERM or Ctrl-C",
  }),
  logLevel: setting(oneOf(["debug", "info", "warning", "error"]), {
    value: "info",
    description: "what is logged, from this level up",
  }),
  logFormat: setting(oneOf(["text", "json"]), {
    value: "text",
    description: "log lines for a terminal, or one JSON object a line",
  }),
  logPrompts: setting(onOff(), {
    value: false,
    shown: "off",
    description: "log the text of prompts; without it no line holds any",
  }),
  blocksPerStage: optional(wholeNumber("<blocks>", 1, 1024), {
    otherwise: "by the model's size",
    description: "consecutive blocks in one graph; work is cancelled between graphs",
    expert: true,
  }),
  chunkTokens: optional(wholeNumber("<tokens>", 1, 2 ** 20), {
    otherwise: "by the model's size",
    description: "tokens of a prompt that pass a stage at once; bounds the memory of a long prompt",
    expert: true,
  }),
  rowBlock: optional(wholeNumber("<rows>", 1, 2 ** 16), {
    otherwise: "by time",
    description: "rows in one run of the lens head",
    expert: true,
  }),
};

type Row = keyof typeof SETTINGS;

/** What the service was told, whole and checked. Times in seconds, sizes in bytes; undefined where it is to choose. */
export type Settings = { readonly [K in Row]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never };

/** The rows in the order of `--help`: the usual ones, then the expert ones. */
export const ROWS: readonly Row[] = (Object.keys(SETTINGS) as Row[])
  .toSorted((a, b) => Number(SETTINGS[a].expert) - Number(SETTINGS[b].expert));

export function flagOf(row: Row): string {
  return "--" + row.replaceAll(/[A-Z]/g, (letter) => "-" + letter.toLowerCase());
}

export function variableOf(row: Row): string {
  return "MIDSTREAM_" + flagOf(row).slice(2).toUpperCase().replaceAll("-", "_");
}

/** XDG Base Directory Specification; Windows has USERPROFILE for HOME. */
function dataFolder(env: Environment): string | undefined {
  if (env.XDG_DATA_HOME) return join(env.XDG_DATA_HOME, "midstream");
  const home = env.HOME || env.USERPROFILE;
  return home ? join(home, ".local", "share", "midstream") : undefined;
}
