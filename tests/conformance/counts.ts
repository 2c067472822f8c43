/** What was asked of one operation, and how it answered. */
export interface OperationCounts {
  readonly id: string;
  /** Requests that are right by the document. */
  positive: number;
  /** Of those, the ones that were answered as they ask. */
  accepted: number;
  /** Requests with one thing wrong. */
  negative: number;
  /** What right requests were answered with otherwise: statuses and kinds of problem, each with its number. */
  readonly otherwise: Map<string, number>;
}

export interface ConformanceFailure {
  readonly operation: string;
  /** Name of the check, as schemathesis has it. */
  readonly check: string;
  readonly detail: string;
  /** The smallest request that shows it, to be tried by hand. */
  readonly request: string;
}

export interface ConformanceResult {
  readonly seed: number;
  readonly cases: number;
  readonly operations: readonly OperationCounts[];
  readonly failures: readonly ConformanceFailure[];
  /** How often each check was made. */
  readonly checks: ReadonlyMap<string, number>;
}

/** Operations of which fewer than half of the right requests were answered as they ask: those prove little. */
export function rarelyAccepted({ operations }: ConformanceResult): string[] {
  return operations.filter(({ positive, accepted }) => accepted * 2 < positive).map(({ id, positive, accepted }) =>
    `${id}: ${accepted} of ${positive}`
  );
}

/** The counts as a table for people, then what failed. */
export function conformanceReport(result: ConformanceResult): string {
  const { seed, cases, operations, failures, checks } = result;
  const rows = operations.map(({ id, positive, accepted, negative, otherwise }) => [
    id,
    String(positive),
    String(accepted),
    positive === 0 ? "" : `${(100 * accepted / positive).toFixed(0)} %`,
    String(negative),
    [...otherwise].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${kind} ${count}`).join(", "),
  ]);
  const table = [["operation", "right", "2xx", "share", "wrong", "right ones answered otherwise"], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) =>
    row.map((cell, column) => column > 0 && column < 5 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))
      .join("  ").trimEnd()
  );
  return [
    ...lines,
    `checks: ${[...checks].map(([name, count]) => `${name} ${count}`).join(", ")}`,
    `${cases} cases by seed ${seed}, ${failures.length} failures`,
    ...failures.map(({ operation, check, detail, request }) => `✗ ${operation}: ${check}: ${detail}\n  ${request}`),
  ].join("\n");
}
