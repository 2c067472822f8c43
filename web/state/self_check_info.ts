/** What the page reads of GET /self-check. */
export interface SelfCheckInfo {
  readonly passed: boolean;
  readonly elapsed_ms: number;
  readonly invariants: readonly InvariantInfo[];
  readonly lenses: readonly { readonly id: string; readonly verdict: string; readonly detail: string }[];
}

export interface InvariantInfo {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly figure: number | null;
  readonly bound: number;
  readonly verdict: "pass" | "fail" | "skipped";
  readonly reason: string | null;
}
