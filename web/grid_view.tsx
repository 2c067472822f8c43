import { useMemo, useState } from "preact/hooks";
import type { Site } from "../clients/typescript/midstream.ts";
import { CellDetail } from "./cell_detail.tsx";
import { ColourScale } from "./colour_scale.ts";
import type { Colouring } from "./colouring.ts";
import { Grid } from "./grid.tsx";
import { Legend } from "./legend.tsx";
import type { Picture } from "./picture.ts";
import { MOST_PINS, type Place, type Question } from "./question.ts";
import type { StatisticInfo } from "./service.ts";

interface Props {
  readonly picture: Picture;
  readonly question: Question;
  readonly change: (changed: Partial<Question>) => void;
  readonly colourings: readonly Colouring[];
  readonly statistics: readonly StatisticInfo[];
}

/** Positions by layers, coloured by a number, and all of the cell that is looked at. */
export function GridView({ picture, question, change, colourings, statistics }: Props) {
  const [hovered, setHovered] = useState<Place | null>(null);
  const colouring = colourings.find(({ name }) => name === question.colour) ?? colourings[0]!;
  const scale = useMemo(
    () => new ColourScale(numbersOf(picture, colouring), colouring.unit, question.log),
    [picture, picture.rows, colouring, question.log],
  );
  const place = hovered ?? question.cell;
  // The same element is not drawn again: pointing at cells costs the detail alone.
  const grid = useMemo(
    () => (
      <Grid
        picture={picture}
        site={question.site}
        colouring={colouring}
        scale={scale}
        active={question.cell}
        activate={(cell) => change({ cell })}
        hover={setHovered}
      />
    ),
    [picture, picture.rows, question, colouring, scale],
  );
  /** On to the view that follows the token through the layers of this position. */
  const follow = (id: number) =>
    change({ view: "follow", cell: place, pins: [...new Set([...question.pins, id])].slice(-MOST_PINS) });

  return (
    <>
      <section class="picture" aria-label="Positions by layers">
        <Legend
          scale={scale}
          colouring={colouring}
          marked={place && numberAt(picture, place, question.site, colouring)}
        />
        {grid}
      </section>
      <CellDetail picture={picture} place={place} statistics={statistics} question={question} follow={follow} />
    </>
  );
}

function* numbersOf(picture: Picture, { read }: Colouring): Generator<number> {
  for (const cell of picture.cells()) {
    const value = read(cell);
    if (value !== null) yield value;
  }
}

function numberAt(picture: Picture, place: Place, site: Site, { read }: Colouring): number | null {
  const cell = picture.cell(place, site);
  return cell === undefined ? null : read(cell);
}
