import { useContext } from "preact/hooks";
import type { FaceOf } from "../grid/face.ts";
import { GRID_SIZES } from "../grid/grid_layout.ts";
import { pinClass } from "../pins/pin_slots.ts";
import type { Picture } from "../state/picture.ts";
import type { Place, Question } from "../state/question.ts";
import { tokenLabel } from "../text/token_label.ts";
import { Paper } from "./paper.ts";

interface Props {
  readonly label: string;
  readonly picture: Picture;
  readonly faceOf: FaceOf;
  readonly stride: number;
  readonly zoom: Question["zoom"];
  readonly active: Place | null;
}

/** A grid on paper: every cell is there, in strips of positions, none of them behind an edge. */
export function PaperGrid(props: Props) {
  const { width, positions } = useContext(Paper)!;
  const { label, picture: { tokens }, zoom } = props;
  const { cellWidth, titleWidth } = paperSizes(zoom);
  const columns = Math.max(1, Math.floor((width - titleWidth) / cellWidth));
  const drawn = Math.min(tokens.length, positions);
  const strips = Array.from({ length: Math.ceil(drawn / columns) }, (_, at) => at * columns);
  return (
    <div class={`paper-grid ${zoom}`}>
      <p>{label}</p>
      {strips.map((from) => <Strip key={from} {...props} from={from} to={Math.min(from + columns, drawn)} />)}
      {drawn < tokens.length && <p>Positions 0 to {drawn - 1} of {tokens.length}: JSON, CSV and HTML have all.</p>}
    </div>
  );
}

/** Paper has room: cells with a text are wide, so that it is whole. */
function paperSizes(zoom: Question["zoom"]) {
  return GRID_SIZES[zoom === "colour" ? "colour" : "text"];
}

function Strip({ picture, faceOf, stride, zoom, active, from, to }: Props & { from: number; to: number }) {
  const { cellWidth, cellHeight, titleWidth, headEvery } = paperSizes(zoom);
  const positions = Array.from({ length: to - from }, (_, at) => from + at);
  const layers = picture.layers.filter((_, at) => at % stride === 0);
  const cell = (position: number, layer: Place["layer"]) => {
    const { texts, paint = null, pin = null } = faceOf({ position, layer }) ?? {};
    return (
      <td key={position} style={{ backgroundColor: paint?.background ?? "", color: paint?.ink ?? "" }}>
        {zoom !== "colour" && texts?.().map((text, at) => <span key={at}>{text}</span>)}
        {pin !== null && <i class={`corner ${pinClass(pin)}`} />}
        {active?.position === position && active.layer === layer && (
          <i class="chosen">
            <i />
          </i>
        )}
      </td>
    );
  };
  const row = (layer: Place["layer"]) => (
    <tr key={layer} class={layer === "output" ? "of-model" : undefined} style={{ height: `${cellHeight}px` }}>
      <th scope="row">{layer}</th>
      {positions.map((position) =>
        cell(position, layer)
      )}
    </tr>
  );
  return (
    <table style={{ width: `${titleWidth + cellWidth * positions.length}px` }}>
      <colgroup>
        <col style={{ width: `${titleWidth}px` }} />
        {positions.map((position) => <col key={position} style={{ width: `${cellWidth}px` }} />)}
      </colgroup>
      <thead>
        <tr>
          <th scope="col">layer</th>
          {positions.map((position) => (
            <th scope="col" key={position}>
              {(position - from) % headEvery === 0 && <small>{position}</small>}
              {headEvery === 1 && tokenLabel(picture.tokens[position]!)}
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
