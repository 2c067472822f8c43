import type { Colouring } from "./colouring.ts";
import type { Scale } from "./scale.ts";
import { numberText } from "../text/number_text.ts";

const STEPS = Array.from({ length: 33 }, (_, at) => at / 32);

interface Props {
  readonly scale: Scale;
  readonly colouring: Pick<Colouring, "label" | "unit" | "description">;
  /** The number of the cell that is looked at. */
  readonly marked: number | null;
}

/** What the colours mean: the statistic, its unit, the range in use, and where the cell looked at lies. */
export function Legend({ scale, colouring, marked }: Props) {
  const { low, high } = scale.range;
  return (
    <p class="legend" title={colouring.description}>
      <span>{colouring.label}</span>
      <span class="end">{numberText(low)}</span>
      <span
        class="ramp"
        style={{
          backgroundImage: `linear-gradient(to right, ${STEPS.map((at) => scale.at(at).background).join(", ")})`,
        }}
      >
        {marked !== null && <span class="mark" style={{ left: `${scale.place(marked) * 100}%` }} />}
      </span>
      <span class="end">{numberText(high)}</span>
      <span>
        {colouring.unit}
        {scale.log ? ", logarithmic" : ""}
      </span>
    </p>
  );
}
