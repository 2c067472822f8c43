import { useMemo } from "preact/hooks";
import type { Colouring } from "../../colours/colouring.ts";
import type { Scale } from "../../colours/scale.ts";
import { readingFaces } from "../../grid/reading_faces.ts";
import type { Place } from "../../state/question.ts";
import { Pane, type PaneParts } from "./pane.tsx";
import type { Side } from "./side.ts";

interface Props extends PaneParts {
  readonly name: string;
  readonly side: Side;
  readonly notes: readonly string[];
  readonly colouring: Colouring;
  readonly scale: Scale;
  /** The cell looked at. */
  readonly place: Place | null;
}

/** One reading of the prompt, beside others. */
export function SidePane({ name, side, notes, colouring, scale, place, ...parts }: Props) {
  const { picture, question: { pins } } = parts;
  const { title, reading: { lens, site } } = side;
  const faceOf = useMemo(
    () => readingFaces(picture, { lens, site }, colouring, scale, pins),
    [picture, picture.rows, lens, site, colouring, scale, pins],
  );
  const looked = place === null ? undefined : picture.cell(place, { lens, site });
  return (
    <Pane
      name={name}
      title={title}
      shows="likeliest token of each layer at each position"
      hint={notes.join(" ")}
      legend={{ scale, colouring, marked: looked === undefined ? null : colouring.read(looked) }}
      faceOf={faceOf}
      {...parts}
    />
  );
}
