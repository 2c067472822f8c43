import { useMemo } from "preact/hooks";
import { ColourScale } from "../../colours/colour_scale.ts";
import type { Difference } from "../../colours/difference.ts";
import { DivergingScale } from "../../colours/diverging_scale.ts";
import { Legend } from "../../colours/legend.tsx";
import { differenceFaces } from "../../grid/difference_faces.ts";
import { Grid } from "../../grid/grid.tsx";
import type { Picture } from "../../state/picture.ts";
import type { Place } from "../../state/question.ts";
import type { Shown } from "../view.ts";
import type { Linked } from "./beside.tsx";
import { differenceAt } from "./difference_at.ts";
import type { Side } from "./side.ts";

interface Props extends Pick<Shown, "picture" | "question" | "change">, Linked {
  readonly sides: readonly Side[];
  readonly difference: Difference;
  readonly place: Place | null;
}

/** How the first side differs from the second, cell by cell. */
export function DifferencePane(props: Props) {
  const { sides, difference, place, picture, question, change, hovered, hover, link } = props;
  const [first, second] = sides.map(({ reading }) => reading) as [Side["reading"], Side["reading"]];
  const { cell, stride, zoom, log } = question;
  const names = [first.lens, first.site, second.lens, second.site];
  const scale = useMemo(
    () =>
      new (difference.signed ? DivergingScale : ColourScale)(
        numbersOf(picture, sides, difference),
        difference.unit,
        log,
      ),
    [picture, picture.rows, ...names, difference, log],
  );
  const faceOf = useMemo(
    () => differenceFaces(picture, first, second, difference, scale),
    [picture, picture.rows, ...names, difference, scale],
  );
  const title = difference.signed ? `${sides[0]!.title} less ${sides[1]!.title}` : "Difference";
  return (
    <section class="pane" aria-label={title}>
      <h2>{title}</h2>
      <Legend scale={scale} colouring={difference} marked={differenceAt(picture, sides, difference, place)} />
      <p class="hint">✓ where both find the same token likeliest, both tokens where they do not.</p>
      <Grid
        name="difference"
        label={`${title}: both likeliest tokens where they differ`}
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

function* numbersOf(picture: Picture, sides: readonly Side[], difference: Difference): Generator<number> {
  for (let position = 0; position < picture.tokens.length; position++) {
    for (const layer of picture.layers) {
      const value = differenceAt(picture, sides, difference, { position, layer });
      if (value !== null) yield value;
    }
  }
}
