import { fuzzedService } from "./fuzzed_service.ts";

/** What was asked of one operation, and how much of what was right was answered as asked (2xx). */
export interface OperationCounts {
  readonly cases: number;
  readonly positive: number;
  readonly accepted: number;
  /** Refusals of right requests by status and type. */
  readonly refusals: Readonly<Record<string, number>>;
}

export interface SchemathesisRun {
  /** Whether it found nothing at all. */
  readonly clean: boolean;
  readonly version: string;
  readonly seed: number;
  /** By `METHOD /path`. */
  readonly operations: Readonly<Record<string, OperationCounts>>;
  /** What it printed. */
  readonly report: string;
}

interface Options {
  /** Programs of the environment that has it. */
  readonly bin: string;
  readonly seed: number;
  /** Random cases of an operation, beside the examples and those that cover the schemas. */
  readonly examples: number;
  /** Whether the service has keys, so that the document says which operations need one. */
  readonly keys: boolean;
}

/** Runs it over all phases against a demo service of its own, from the document narrowed to that. */
export async function runSchemathesis({ bin, seed, examples, keys }: Options): Promise<SchemathesisRun> {
  await using service = await fuzzedService({ keys });
  // Where its tools leave their files.
  const folder = await Deno.makeTempDir({ prefix: "midstream-schemathesis-" });
  try {
    const here = new URL(".", import.meta.url).pathname;
    const counts = `${folder}/counts.json`;
    const { code, stdout, stderr } = await new Deno.Command(`${bin}/schemathesis`, {
      args: [
        `--config-file=${here}schemathesis.toml`,
        "run",
        `${service.url}/openapi.json?bounds=loaded`,
        `--url=${service.url}`,
        `--seed=${seed}`,
        `--max-examples=${examples}`,
        ...(service.authorization === null ? [] : [`--header=Authorization: ${service.authorization}`]),
        "--no-color",
      ],
      cwd: folder,
      env: {
        SCHEMATHESIS_HOOKS: `${here}hooks.py`,
        PYTHONPATH: here,
        PYTHONDONTWRITEBYTECODE: "1",
        MIDSTREAM_LENSES: service.lenses,
        MIDSTREAM_COUNTS: counts,
        MIDSTREAM_AUTHORIZATION: service.authorization ?? "",
      },
    }).output();
    const report = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    const operations = await Deno.readTextFile(counts).then(JSON.parse, () => ({}));
    const version = /Schemathesis v([\d.]+)/.exec(report)?.[1] ?? "unknown";
    return { clean: code === 0, version, seed, operations, report };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Operations of which fewer than half of the right requests were answered as asked. */
export function rarelyAccepted({ operations }: SchemathesisRun): string[] {
  return Object.entries(operations).filter(([, { positive, accepted }]) => accepted * 2 < positive).map(([name]) =>
    name
  );
}

/** A table of the counts, and its own report where it found something. */
export function schemathesisReport(run: SchemathesisRun): string {
  const { clean, version, seed, operations, report } = run;
  const rows = Object.entries(operations);
  const cases = rows.reduce((sum, [, row]) => sum + row.cases, 0);
  const lines = rows.map(([name, { positive, accepted, ...row }]) => {
    const share = positive === 0 ? "" : `${Math.round(accepted / positive * 100)} %`.padStart(6);
    return `${name.padEnd(32)} ${String(row.cases).padStart(5)} cases, right and answered ${share} of ${positive}`;
  });
  return [
    ...(clean ? [] : [report]),
    `schemathesis ${version}, seed ${seed}: ${cases} cases of ${rows.length} operations, ` +
    (clean ? "no failure" : "with failures or warnings, above"),
    ...lines,
  ].join("\n");
}
