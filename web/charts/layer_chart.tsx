/** Told apart by colour-blind eyes (Okabe and Ito), and on light and dark. */
export const PIN_COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a6d3b", "#7f7f7f"];

const WIDTH = 460, HEIGHT = 240, LEFT = 56, BOTTOM = 28, TOP = 10, RIGHT = 14;

interface Props {
  readonly title: string;
  readonly layers: readonly number[];
  /** A value a layer. */
  readonly lines: readonly { readonly colour: number; readonly values: readonly number[] }[];
  /** Ranks are drawn by their logarithm, 1 at the top; probabilities from 0 to 1. */
  readonly kind: "rank" | "prob";
}

/** Values over the layers, from the first to the last. */
export function LayerChart({ title, layers, lines, kind }: Props) {
  const decades = Math.max(1, Math.ceil(Math.log10(Math.max(1, ...lines.flatMap(({ values }) => values)))));
  const ticks = kind === "rank" ? Array.from({ length: decades + 1 }, (_, at) => 10 ** at) : [0, 0.25, 0.5, 0.75, 1];
  const down = (value: number) => kind === "rank" ? Math.log10(value) / decades : 1 - value;
  const x = (at: number) => LEFT + at / Math.max(1, layers.length - 1) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => TOP + down(value) * (HEIGHT - TOP - BOTTOM);
  const every = Math.ceil(layers.length / 12);

  return (
    <figure>
      <figcaption>{title}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${title}; the table has the numbers`}>
        {ticks.map((tick) => (
          <g key={tick}>
            <line class="rule" x1={LEFT} x2={WIDTH - RIGHT} y1={y(tick)} y2={y(tick)} />
            <text x={LEFT - 6} y={y(tick) + 4} text-anchor="end">{tick}</text>
          </g>
        ))}
        {layers.map((layer, at) =>
          at % every === 0 && <text key={layer} x={x(at)} y={HEIGHT - 8} text-anchor="middle">{layer}</text>
        )}
        {lines.map(({ colour, values }) => (
          <g key={colour} stroke={PIN_COLOURS[colour]} fill={PIN_COLOURS[colour]}>
            <polyline fill="none" points={values.map((value, at) => `${x(at)},${y(value)}`).join(" ")} />
            {values.map((value, at) => <circle key={at} cx={x(at)} cy={y(value)} r={2.5} />)}
          </g>
        ))}
      </svg>
    </figure>
  );
}
