import { pinClass } from "./pin_slots.ts";

/** A pin's colour. */
export function Swatch({ slot }: { readonly slot: number }) {
  return <span class={`swatch ${pinClass(slot)}`} aria-hidden="true" />;
}
