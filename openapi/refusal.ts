import type { Fault, ProblemName } from "./problem.ts";

/** A fault that knows which kind of problem it would be alone. */
export interface NamedFault extends Fault {
  readonly problem: ProblemName;
}

/** A request that is refused. The one place that turns it into HTTP is routes/refuse.ts. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  constructor(
    readonly problem: ProblemName,
    readonly detail: string,
    readonly faults: readonly Fault[] = [],
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
  }
}

/** Faults listed in one answer. More are counted, not listed: a body of a million wrong items must not be echoed. */
const LISTED_FAULTS = 50;

/**
 * One refusal of all faults: `invalid-request` where one of them is against the schema, otherwise of the first one's kind.
 * So a request that is right by the document is never told that it is not.
 */
export function refusalOf(faults: readonly NamedFault[]): Refusal {
  const isInvalid = faults.some(({ problem }) => problem === "invalid-request");
  const problem = isInvalid ? "invalid-request" : faults[0]!.problem;
  const listed = faults.slice(0, LISTED_FAULTS).map(({ problem: _, ...fault }) => fault);
  const more = faults.length - listed.length;
  const detail = faults.length === 1
    ? faults[0]!.detail
    : `${faults.length} faults; the first: ${faults[0]!.detail}${
      more > 0 ? ` (the first ${LISTED_FAULTS} are listed)` : ""
    }`;
  return new Refusal(problem, detail, listed);
}

/** A JSON pointer (RFC 6901), e.g. "/messages/0/role". */
export function pointer(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("").toWellFormed();
}

/** A value of the caller's, fit to be quoted in a message: short and well-formed. */
export function quote(value: string): string {
  const text = value.length > 60 ? `${value.slice(0, 60)}…` : value;
  return JSON.stringify(text.toWellFormed());
}
