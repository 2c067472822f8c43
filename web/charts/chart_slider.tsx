import type { ComponentChildren } from "preact";
import type { Looking } from "./layer_chart.tsx";

interface Props extends Looking {
  readonly title: string;
  readonly layers: readonly number[];
  /** What is read aloud of a layer. */
  readonly textOf: (layer: number) => string;
  readonly children: ComponentChildren;
}

/** A chart whose layers are looked at by arrow keys and chosen by Enter (WAI-ARIA, slider pattern). */
export function ChartSlider({ title, layers, textOf, looked, chosen, look, choose, children }: Props) {
  const last = layers.at(-1) ?? 0;
  const current = looked ?? (chosen !== null && layers.includes(chosen) ? chosen : last);
  return (
    <figure class="large">
      <figcaption>{title}</figcaption>
      <div
        role="slider"
        tabIndex={0}
        aria-label={title}
        aria-orientation="horizontal"
        aria-valuemin={layers[0] ?? 0}
        aria-valuemax={last}
        aria-valuenow={current}
        aria-valuetext={textOf(current)}
        onFocus={() => look(current)}
        onBlur={() => look(null)}
        onKeyDown={(event) => {
          const at = layers.indexOf(current);
          if (event.key === "Enter" || event.key === " ") choose(current);
          else if (event.key in STEPS) look(layers[Math.min(layers.length - 1, Math.max(0, at + STEPS[event.key]!))]!);
          else return;
          event.preventDefault();
        }}
      >
        {children}
      </div>
    </figure>
  );
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
  Home: -Infinity,
  End: Infinity,
};
