import { useMemo } from "preact/hooks";
import { ColourScale } from "../../colours/colour_scale.ts";
import type { Difference } from "../../colours/difference.ts";
import { DivergingScale } from "../../colours/diverging_scale.ts";
import { differenceFaces } from "../../grid/difference_faces.ts";
import type { Picture } from "../../state/picture.ts";
import type { Place } from "../../state/question.ts";
import { differenceAt } from "./difference_at.ts";
import { Pane, type PaneParts } from "./pane.tsx";
import type { Side } from "./side.ts";

interface Props extends PaneParts {
  readonly sides: readonly Side[];
  readonly difference: Difference;
  readonly place: Place | null;
}

/** How the first side differs from the second, cell by cell. */
export function DifferencePane({ sides, difference, place, ...parts }: Props) {
  const { picture, question: { log } } = parts;
  const [first, second] = sides.map(({ reading }) => reading) as [Side["reading"], Side["reading"]];
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
    <Pane
      name="difference"
      title={title}
      shows="both likeliest tokens where they differ"
      hint="✓ where both find the same token likeliest, both tokens where they do not."
      legend={{ scale, colouring: difference, marked: differenceAt(picture, sides, difference, place) }}
      faceOf={faceOf}
      {...parts}
    />
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
