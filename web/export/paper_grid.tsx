import { useContext } from "preact/hooks";
import type { GridProps } from "../grid/grid.tsx";
import type { Place } from "../state/question.ts";
import { tokenLabel } from "../text/token_label.ts";
import { Paper } from "./paper.ts";

type Props = Pick<GridProps, "picture" | "reading" | "stride" | "colouring" | "scale">;

/** The grid on paper: every cell is there, in strips of positions, none of them behind an edge. */
export function PaperGrid(props: Props) {
  const { columns, positions } = useContext(Paper)!;
  const { tokens } = props.picture;
  const drawn = Math.min(tokens.length, positions);
  const strips = Array.from({ length: Math.ceil(drawn / columns) }, (_, at) => at * columns);
  return (
    <div class="paper-grid">
      {strips.map((from) => <Strip key={from} {...props} from={from} to={Math.min(from + columns, drawn)} />)}
      {drawn < tokens.length && <p>Positions 0 to {drawn - 1} of {tokens.length}: the data files have all.</p>}
    </div>
  );
}

function Strip({ picture, reading, stride, colouring, scale, from, to }: Props & { from: number; to: number }) {
  const positions = Array.from({ length: to - from }, (_, at) => from + at);
  const layers = picture.layers.filter((_, at) => at % stride === 0);
  const row = (layer: Place["layer"]) => (
    <tr key={layer} class={layer === "output" ? "of-model" : undefined}>
      <th scope="row">{layer}</th>
      {positions.map((position) => {
        const cell = picture.cell({ position, layer }, reading);
        const value = cell === undefined ? null : colouring.read(cell);
        const paint = value === null ? null : scale.paint(value);
        return (
          <td key={position} style={{ backgroundColor: paint?.background ?? "", color: paint?.ink ?? "" }}>
            {cell?.top[0] === undefined ? "" : tokenLabel(cell.top[0])}
          </td>
        );
      })}
    </tr>
  );
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">layer</th>
          {positions.map((position) => (
            <th scope="col" key={position}>
              <small>{position}</small>
              {tokenLabel(picture.tokens[position]!)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {row("output")}
        {layers.map(row)}
      </tbody>
    </table>
  );
}
