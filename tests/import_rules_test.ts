import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { posix } from "node:path";

/** What each folder may import, as architecture has it, a folder or one table; its own files always. Tests, the benchmark and scripts see all. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "main.ts": ["service.ts", "settings", "log"],
  "service.ts": [
    "routes",
    "openapi",
    "lab",
    "model/engine",
    "model/tokenizer",
    "model/checkpoint/hub/named_model.ts",
    "model/checkpoint/hub/progress.ts",
    "lens",
    "settings",
    "log",
  ],
  "routes": ["openapi", "lab", "model/engine", "model/tokenizer", "lens"],
  "openapi": ["lens", "model/engine/precision.ts"],
  "lab": ["model/engine", "lens"],
  "model/engine": ["model/graph", "model/checkpoint", "lens"],
  "model/graph": ["model/checkpoint", "lens"],
  "model/checkpoint": [],
  "model/tokenizer": ["model/checkpoint"],
  "lens": ["model/checkpoint"],
  "settings": ["model/engine/precision.ts"],
  "log": [],
  "clients": [],
  "examples": ["clients"],
  "web": ["clients", "routes/batch/template.ts"],
};

/** Parts that come in as arguments: whoever is handed one may name its type. */
const TYPES_FOR_ALL = ["log"];

/** Programs for developers, which no part imports. */
const SEES_ALL = ["tests", "bench", "scripts", "openapi/write.ts"];

/** Files that may be longer than two screens, because they are tables. */
const TABLES: readonly string[] = [];
const MOST_LINES = 350;

const root = new URL("../", import.meta.url);
const NOT_SOURCE = ["node_modules", ".git", ".cache", "demo", "golden", "results", "dist"];

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
}

Deno.test("imports point one way", async () => {
  const faults: string[] = [];
  for await (const path of sources()) faults.push(...faultsOf(path, await readFile(new URL(path, root), "utf8")));
  assert.deepEqual(faults, []);
});

Deno.test("no file is over 350 lines that is not a table", async () => {
  const long: string[] = [];
  for await (const path of sources()) {
    const lines = (await readFile(new URL(path, root), "utf8")).split("\n").length - 1;
    if (lines > MOST_LINES && !TABLES.includes(path)) long.push(`${path} has ${lines} lines`);
  }
  assert.deepEqual(long, []);
});

Deno.test("the import rule finds imports against it, however they are written", () => {
  const against: [string, string][] = [
    ["lens/logit.ts", 'import { x } from "../routes/app.ts";'],
    ["model/checkpoint/config.ts", 'import type { Lens } from "../../lens/lens.ts";'],
    ["model/tokenizer_chat.ts", 'import { x } from "./engine/engine.ts";'],
    ["routes/probe.ts", 'export * from "../settings/table.ts";'],
    ["routes/probe.ts", 'import { createLog, type Log } from "../log/create_log.ts";'],
    ["openapi/document.ts", 'const x = await import("../routes/app.ts");'],
    ["lab/admission.ts", 'import "../model/graph/stage.ts";'],
    ["log/log.ts", 'import {\n  a,\n  b,\n} from "../lens/lens.ts";'],
    ["attic/old.ts", "export const x = 1;"],
    ["lens/logit.ts", 'import { x } from "../tests/expected.ts";'],
    ["settings/table.ts", 'import { x } from "../model/engine/executor.ts";'],
  ];
  for (const [path, source] of against) assert.equal(faultsOf(path, source).length, 1, `${path}: ${source}`);
  const allowed: [string, string][] = [
    ["lens/logit.ts", 'import { x } from "../model/checkpoint/config.ts";'],
    ["lens/logit.ts", 'import { y } from "./sites.ts";\nimport "node:path";\nimport { z } from "zod";'],
    ["lens/logit.ts", '// import { x } from "../routes/app.ts";\n/* import "../lab/x.ts"; */'],
    ["model/tokenizer.ts", 'import { x } from "./tokenizer_chat.ts";'],
    ["routes/probe.ts", 'import type { Log } from "../log/log.ts";'],
    ["routes/probe_test.ts", 'import { createLog } from "../log/create_log.ts";'],
    ["bench/main.ts", 'import { x } from "../model/graph/stage.ts";'],
    ["service.ts", 'import config from "./deno.json" with { type: "json" };'],
  ];
  for (const [path, source] of allowed) assert.deepEqual(faultsOf(path, source), []);
});

/** Paths of the project's TypeScript files, from its root. */
async function* sources(folder = ""): AsyncGenerator<string> {
  for (const entry of await readdir(new URL(folder || ".", root), { withFileTypes: true })) {
    if (NOT_SOURCE.includes(entry.name)) continue;
    if (entry.isDirectory()) yield* sources(`${folder}${entry.name}/`);
    else if (/\.tsx?$/.test(entry.name)) yield folder + entry.name;
  }
}

function faultsOf(path: string, source: string): string[] {
  const from = folderOf(path);
  if (SEES_ALL.includes(from) || SEES_ALL.includes(path) || /_test\.tsx?$/.test(path)) return [];
  const allowed = MAY_IMPORT[from];
  if (allowed === undefined) return [`${path} is in no folder that the rule knows`];
  return importsOf(source)
    .filter(({ target }) => target.startsWith(".") && !target.endsWith(".json"))
    .filter(({ target, typeOnly }) => {
      const file = posix.join(posix.dirname(path), target);
      const to = folderOf(file);
      return to !== from && !allowed.includes(to) && !allowed.includes(file) &&
        !(typeOnly && TYPES_FOR_ALL.includes(to));
    })
    .map(({ target }) => `${path} must not import ${target}`);
}

/** The folder that a rule speaks of: "model/…" two deep, the tokenizer's files together, others by their first name. */
function folderOf(path: string): string {
  const [first = "", second = ""] = path.split("/");
  if (first !== "model") return first;
  return second.startsWith("tokenizer") ? "model/tokenizer" : `${first}/${second}`;
}

function importsOf(source: string): Import[] {
  const code = source.replaceAll(/^\s*\/\/.*$|\/\*[^]*?\*\//gm, "");
  const statements = code.matchAll(/^(?:import|export)\b([^;"']*?)(?:from\s*)?["']([^"']+)["']/gm);
  const calls = code.matchAll(/\bimport\(\s*["']([^"']+)["']/g);
  return [
    ...[...statements].map(([, names = "", target = ""]) => ({ target, typeOnly: onlyTypes(names) })),
    ...[...calls].map(([, target = ""]) => ({ target, typeOnly: false })),
  ];
}

/** `type { A }`, or braces in which every name is a type. */
function onlyTypes(names: string): boolean {
  if (/^\s*type\b/.test(names)) return true;
  const inside = /^\s*\{([^}]*)\}\s*$/.exec(names)?.[1];
  return inside !== undefined && inside.split(",").every((name) => name.trim() === "" || /^\s*type\s/.test(name));
}
