import type { Permit } from "../lab/admission/admission.ts";
import type { Cost } from "../lab/admission/cost.ts";
import { inSpan } from "../model/engine/span.ts";
import type { ProbeHooks } from "./admitted_probe.ts";
import type { AppParts } from "./parts.ts";

/**
 * Waits for the right to use the engine: a place among the caller's requests in flight, and one in the queue. Both are given up
 * together, at once where the queue refuses, and when the client goes away: what it left suspended must not hold them.
 *
 * @param cost as far as it is known before the prompt is tokenised
 * @throws {QuotaUsedUp} {QueueFull} {Draining} or the signal's reason
 */
export async function enterEngine(
  { admission, quotas }: Pick<AppParts, "admission" | "quotas">,
  { caller, signal, onQueued, background = false }: Pick<ProbeHooks, "caller" | "signal" | "onQueued" | "background">,
  cost: Cost,
): Promise<Permit> {
  // Background work is no request that somebody waits for: it takes none of the caller's places.
  const inFlight = background ? null : await quotas.enter(caller);
  const leave = () => void inFlight?.[Symbol.asyncDispose]();
  let permit: Permit;
  try {
    permit = await inSpan(
      "queue",
      () => ({ tokens: cost.tokens, rows: cost.rows }),
      () => admission.enter({ key: caller.id, cost, background }, signal, onQueued),
    );
  } catch (error) {
    leave();
    throw error;
  }
  const release: Permit["release"] = (took) => {
    signal.removeEventListener("abort", abandon);
    permit.release(took);
    leave();
  };
  const abandon = () => release();
  signal.addEventListener("abort", abandon, { once: true });
  return { is: (exact) => permit.is(exact), release, [Symbol.dispose]: () => release() };
}
