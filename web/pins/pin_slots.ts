import { MOST_PINS } from "../state/question.ts";

/**
 * The colour of each pin, 0 to 7: classes `pin-0` to `pin-7` of follow.css. It follows from the token, so that a pin keeps
 * its colour when others come and go; of two that want the same one the later takes the next.
 *
 * @param ids each once, at most eight
 */
export function pinSlots(ids: readonly number[]): ReadonlyMap<number, number> {
  const slots = new Map<number, number>();
  const taken = new Set<number>();
  for (const id of ids.slice(0, MOST_PINS)) {
    let slot = id % MOST_PINS;
    while (taken.has(slot)) slot = (slot + 1) % MOST_PINS;
    taken.add(slot);
    slots.set(id, slot);
  }
  return slots;
}

/** The class that has a slot's colour as its text colour. */
export function pinClass(slot: number): string {
  return `pin-${slot}`;
}
