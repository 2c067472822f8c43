import type { ShownToken } from "../state/cell.ts";
import { Swatch } from "./swatch.tsx";

/** A pin as it is listed. */
export interface ListedPin {
  readonly token: ShownToken;
  readonly label: string;
  readonly slot: number;
}

interface Props {
  readonly pins: readonly ListedPin[];
  readonly remove: (id: number) => void;
}

/** Pinned tokens, each in its colour; a click lets one go. */
export function PinList({ pins, remove }: Props) {
  return (
    <ul class="pins" aria-label="Pinned tokens">
      {pins.map(({ token: { id, piece }, label, slot }) => (
        <li key={id}>
          <button type="button" title={`id ${id}, piece ${piece}: let it go`} onClick={() => remove(id!)}>
            <Swatch slot={slot} />
            {label} <span class="hint">×</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
