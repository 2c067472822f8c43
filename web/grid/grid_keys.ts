import type { Place } from "../state/question.ts";

type Key = Pick<KeyboardEvent, "key" | "ctrlKey">;

const PAGE = 10;

/**
 * The cell that a key leads to (WAI-ARIA, grid pattern); null for keys that move nothing.
 *
 * @param layers as shown, from the top down, below the output
 */
export function moved({ key, ctrlKey }: Key, from: Place | null, columns: number, layers: readonly number[]) {
  const step = STEPS[key];
  if (step === undefined || columns === 0) return null;
  const lines: readonly Place["layer"][] = ["output", ...layers];
  const line = from === null ? -1 : lines.indexOf(nearest(from.layer, layers));
  // The first key finds its way in: the last position, at the top.
  if (from === null || line < 0) return { position: columns - 1, layer: "output" } as const;
  const [right, down] = step(ctrlKey);
  const within = (value: number, count: number) => Math.min(count - 1, Math.max(0, value));
  return { position: within(from.position + right, columns), layer: lines[within(line + down, lines.length)]! };
}

/** The layer, or where it is not shown the one shown below it. */
function nearest(layer: Place["layer"], layers: readonly number[]): Place["layer"] {
  if (layer === "output" || layers.length === 0 || layer > layers[0]!) return layer;
  return layers.find((shown) => shown <= layer) ?? layers.at(-1)!;
}

const STEPS: Readonly<Record<string, (ctrl: boolean) => readonly [number, number]>> = {
  ArrowLeft: () => [-1, 0],
  ArrowRight: () => [1, 0],
  ArrowUp: () => [0, -1],
  ArrowDown: () => [0, 1],
  Home: (ctrl) => [-Infinity, ctrl ? -Infinity : 0],
  End: (ctrl) => [Infinity, ctrl ? Infinity : 0],
  PageUp: () => [0, -PAGE],
  PageDown: () => [0, PAGE],
};
