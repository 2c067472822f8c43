import { useMemo } from "preact/hooks";
import type { Colouring } from "../../colours/colouring.ts";
import { Legend } from "../../colours/legend.tsx";
import type { Scale } from "../../colours/scale.ts";
import { Grid } from "../../grid/grid.tsx";
import { readingFaces } from "../../grid/reading_faces.ts";
import type { Place } from "../../state/question.ts";
import type { Shown } from "../view.ts";
import type { Linked } from "./beside.tsx";
import type { Side } from "./side.ts";

interface Props extends Pick<Shown, "picture" | "question" | "change">, Linked {
  readonly name: string;
  readonly side: Side;
  readonly notes: readonly string[];
  readonly colouring: Colouring;
  readonly scale: Scale;
  /** The cell looked at. */
  readonly place: Place | null;
}

/** One reading of the prompt, beside others. */
export function SidePane(
  { name, side, notes, colouring, scale, place, picture, question, change, hovered, hover, link }: Props,
) {
  const { title, reading: { lens, site } } = side;
  const { pins, cell, stride, zoom } = question;
  const faceOf = useMemo(
    () => readingFaces(picture, { lens, site }, colouring, scale, pins),
    [picture, picture.rows, lens, site, colouring, scale, pins],
  );
  const looked = place === null ? undefined : picture.cell(place, { lens, site });
  return (
    <section class="pane" aria-label={title}>
      <h2>{title}</h2>
      <Legend scale={scale} colouring={colouring} marked={looked === undefined ? null : colouring.read(looked)} />
      <p class="hint">{notes.join(" ")}</p>
      <Grid
        name={name}
        label={`${title}: likeliest token of each layer at each position`}
        picture={picture}
        faceOf={faceOf}
        stride={stride}
        zoom={zoom}
        active={cell}
        hovered={hovered}
        activate={(cell) => change({ cell })}
        hover={hover}
        link={link}
      />
    </section>
  );
}
