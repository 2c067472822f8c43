import type { SelfCheck } from "../state/use_self_check.ts";

/** Whether the service's numbers hold, in a word; a click checks them. */
export function SelfCheckBadge({ check: { result, busy, refusal, run } }: { check: SelfCheck }) {
  const failed = result?.invariants.filter(({ verdict }) => verdict === "fail").length ?? 0;
  const held = result?.invariants.filter(({ verdict }) => verdict === "pass").length ?? 0;
  const text = busy
    ? "self-check…"
    : result !== null
    ? result.passed ? `self-check ✓ ${held} hold` : `self-check ✗ ${failed} fail`
    : refusal !== null
    ? "self-check: refused"
    : "self-check";
  const isTrouble = result?.passed === false || refusal !== null;
  return (
    <button
      type="button"
      class={isTrouble ? "badge trouble" : "badge"}
      title={refusal ?? "Checks the service's numbers on this model. The Answer view has the figures."}
      aria-disabled={busy}
      onClick={() => !busy && run()}
    >
      {text}
    </button>
  );
}
