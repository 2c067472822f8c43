import { MOST_PINS } from "../state/question.ts";

/** Pins with a token more, or less where it is one of them; as they are where there is no colour left. */
export function toggledPin(pins: readonly number[], id: number): readonly number[] {
  if (pins.includes(id)) return pins.filter((pin) => pin !== id);
  return pins.length < MOST_PINS ? [...pins, id] : pins;
}
