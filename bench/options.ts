import { fileURLToPath } from "node:url";

/** Parts of the benchmark, in the order in which they run. */
export const SECTIONS = ["speed", "overhead", "clients", "cold", "memory", "head", "w3", "upload"] as const;
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
    models: [DEMO, ...(given.get("--model") ?? []).map(readModel)],
    sections: new Set(only === undefined ? (quick ? QUICK : SECTIONS) : only.split(",").map(readSection)),
    peers: last("--peers") ?? fileURLToPath(new URL("../shared/bench/peers", REPOSITORY)),
    python: last("--python") ?? "python3",
    shapes: last("--shapes") ?? fileURLToPath(new URL("results/shapes", import.meta.url)),
    out: last("--out") ?? resultsFile(),
    reps: readNumber("--reps", last("--reps") ?? (quick ? "3" : "5"), 1),
    waitIdle: readNumber("--wait-idle", last("--wait-idle") ?? "0", 0),
    quick,
    help: given.has("--help"),
  };
}

const SWITCHES = ["--quick", "--help"];
const FLAGS = ["--model", "--peers", "--python", "--shapes", "--only", "--reps", "--wait-idle", "--out"];

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

function readModel(text: string): BenchModel {
  const [, name, folder] = text.match(/^([\w.-]+)=(.+)$/) ?? [];
  if (name === undefined || folder === undefined) {
    throw new BenchOptionsError(`--model: ${JSON.stringify(text)} is not <name>=<folder>`);
  }
  return { name, folder };
}

function readSection(text: string): Section {
  const section = SECTIONS.find((known) => known === text);
  if (section) return section;
  throw new BenchOptionsError(`--only: ${JSON.stringify(text)} is none of ${SECTIONS.join(", ")}`);
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
