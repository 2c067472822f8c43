import { toggledPin } from "./toggled_pin.ts";

/** Pins with a token, which stays where it is one of them; as they are where there is no colour left. */
export function withPin(pins: readonly number[], id: number): readonly number[] {
  return pins.includes(id) ? pins : toggledPin(pins, id);
}
