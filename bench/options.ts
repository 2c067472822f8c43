import { fileURLToPath } from "node:url";
import { type Precision, PRECISIONS } from "../model/engine/precision.ts";
import { PEER_WORKLOADS, type PeerWorkload } from "./workloads.ts";

/** Parts of the benchmark, in the order in which they run. */
export const SECTIONS = [
  ...["speed", "overhead", "clients", "cold", "memory", "head", "w3", "upload"] as const,
  ...["convert", "chosen", "whole", "lenscost", "long", "prefix", "hangups", "beside", "streaming"] as const,
] as const;
export type Section = (typeof SECTIONS)[number];

/** A checkpoint to measure. */
export interface BenchModel {
  readonly name: string;
  readonly folder: string;
}

export interface BenchOptions {
  /** The demo first. */
  readonly models: readonly BenchModel[];
  readonly sections: ReadonlySet<Section>;
  /** Folder of the peers' scripts, and the Python that has their packages. */
  readonly peers: string;
  readonly python: string;
  /** Where the models and lenses are kept that the peers' make_shapes.py writes. */
  readonly shapes: string;
  readonly out: string;
  /** Of the sections that know several. */
  readonly precisions: readonly Precision[];
  /** Of `beside`. */
  readonly workloads: readonly PeerWorkload[];
  /** Keeps converted weights from section to section and from run to run; undefined: they are made anew. */
  readonly data: string | undefined;
  /** Folders of the same models in bfloat16, for peers, by name. */
  readonly bf16: ReadonlyMap<string, string>;
  /** Texts that fidelity is measured on, by the model's name. */
  readonly corpora: ReadonlyMap<string, string>;
  /** A Python with nnsight and transformer-lens, which the others' may lack. */
  readonly otherPython: string | undefined;
  /** Repetitions of a case between two peers, and of a peer. */
  readonly reps: number;
  /** Seconds to wait, at most, for an idle machine before each case. */
  readonly waitIdle: number;
  readonly quick: boolean;
  readonly help: boolean;
}

export class BenchOptionsError extends Error {
  override readonly name = "BenchOptionsError";
}

export const HELP = `deno task bench [flags]

  --quick                  a minute on the demo, without peers
  --model <name>=<folder>  a checkpoint to measure besides the demo; may be repeated
  --peers <folder>         scripts of the peers [../shared/bench/peers]
  --python <program>       Python with the peers' packages [python3]
  --shapes <folder>        keeps the models and lenses that are made for w3 and upload [bench/results/shapes]
  --precisions <names>     of f32,q16,q8,q4, for sections from convert on [f32,q16,q8,q4]
  --workloads <names>      of ${PEER_WORKLOADS.join(",")}, for beside [all]
  --data <folder>          keeps converted weights [made anew by every section]
  --bf16 <name>=<folder>   the model of that name in bfloat16, for peers in bfloat16; may be repeated
  --corpus <name>=<file>   text to measure fidelity on, for beside; may be repeated
  --other-python <program> Python with nnsight and transformer-lens, for beside
  --only <sections>        of ${SECTIONS.join(",")} [all]
  --reps <count>           repetitions of a case between two peers, and of a peer [5]
  --wait-idle <seconds>    wait at most so long before each case until nothing else runs [0]
  --out <file>             raw figures as JSON [bench/results/<time>.json]
`;

const REPOSITORY = new URL("../", import.meta.url);
export const DEMO: BenchModel = { name: "demo", folder: fileURLToPath(new URL("demo/model", REPOSITORY)) };
/** What a minute allows. */
const QUICK: readonly Section[] = ["speed", "overhead", "clients", "cold", "memory"];

/** @throws {BenchOptionsError} naming the flag and what is allowed */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const given = readFlags(args);
  const last = (flag: string) => given.get(flag)?.at(-1);
  const quick = given.has("--quick");
  const only = last("--only");
  return {
    models: [DEMO, ...named(given, "--model").map(([name, folder]) => ({ name, folder }))],
    sections: new Set(only === undefined && quick ? QUICK : readList("--only", only, SECTIONS)),
    peers: last("--peers") ?? fileURLToPath(new URL("../shared/bench/peers", REPOSITORY)),
    python: last("--python") ?? "python3",
    shapes: last("--shapes") ?? fileURLToPath(new URL("results/shapes", import.meta.url)),
    out: last("--out") ?? resultsFile(),
    precisions: readList("--precisions", last("--precisions"), PRECISIONS),
    workloads: readList("--workloads", last("--workloads"), PEER_WORKLOADS),
    data: last("--data"),
    bf16: new Map(named(given, "--bf16")),
    corpora: new Map(named(given, "--corpus")),
    otherPython: last("--other-python"),
    reps: readNumber("--reps", last("--reps") ?? (quick ? "3" : "5"), 1),
    waitIdle: readNumber("--wait-idle", last("--wait-idle") ?? "0", 0),
    quick,
    help: given.has("--help"),
  };
}

const SWITCHES = ["--quick", "--help"];
const FLAGS = ["--model", "--peers", "--python", "--shapes", "--only", "--reps", "--wait-idle", "--out"]
  .concat(["--precisions", "--workloads", "--data", "--bf16", "--corpus", "--other-python"]);

function readFlags(args: readonly string[]): Map<string, string[]> {
  const given = new Map<string, string[]>();
  for (let at = 0; at < args.length; at++) {
    const flag = args[at]!;
    if (flag === "--") continue;
    if (SWITCHES.includes(flag)) given.set(flag, []);
    else if (FLAGS.includes(flag)) {
      const value = args[++at];
      if (value === undefined) throw new BenchOptionsError(`${flag}: the value is missing`);
      given.set(flag, [...(given.get(flag) ?? []), value]);
    } else throw new BenchOptionsError(`${flag} is not a flag; allowed are ${[...SWITCHES, ...FLAGS].join(", ")}`);
  }
  return given;
}

/** Values of a flag that are <name>=<path>. */
function named(given: ReadonlyMap<string, readonly string[]>, flag: string): [string, string][] {
  return (given.get(flag) ?? []).map((text) => {
    const [, name, path] = text.match(/^([\w.-]+)=(.+)$/) ?? [];
    if (name !== undefined && path !== undefined) return [name, path];
    throw new BenchOptionsError(`${flag}: ${JSON.stringify(text)} is not <name>=<path>`);
  });
}

function readList<T extends string>(flag: string, text: string | undefined, known: readonly T[]): readonly T[] {
  const names = text?.split(",") ?? known;
  const wrong = names.find((name) => !known.some((one) => one === name));
  if (wrong === undefined) return known.filter((one) => names.includes(one));
  throw new BenchOptionsError(`${flag}: ${JSON.stringify(wrong)} is none of ${known.join(", ")}`);
}

function readNumber(flag: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new BenchOptionsError(`${flag}: ${JSON.stringify(text)} is not a whole number from ${least}`);
}

function resultsFile(): string {
  const time = new Date().toISOString().replaceAll(/[:.]/g, "-");
  return fileURLToPath(new URL(`results/${time}.json`, import.meta.url));
}
