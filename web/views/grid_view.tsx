import { useMemo, useState } from "preact/hooks";
import type { Statistic } from "../../clients/typescript/midstream.ts";
import { ColourScale } from "../colours/colour_scale.ts";
import { type Colouring, statisticOf } from "../colours/colouring.ts";
import { Legend } from "../colours/legend.tsx";
import { CellDetail } from "../grid/cell_detail.tsx";
import { Grid } from "../grid/grid.tsx";
import type { Picture, Reading } from "../state/picture.ts";
import { MOST_PINS, type Place } from "../state/question.ts";
import type { Shown, View } from "./view.ts";

/** What is said of every cell, whatever its colour. */
const ALWAYS: readonly Statistic[] = ["entropy", "kl_output_lens", "output_rank"];

export const GRID: View = {
  name: "grid",
  title: "Grid",
  controls: ["chat", "lens", "site", "colour", "stride"],
  probe({ lens, site, colour }) {
    const statistic = statisticOf(colour);
    const statistics = [...new Set([...ALWAYS, ...statistic === null ? [] : [statistic]])];
    return { lenses: [lens], sites: [site], positions: "all", statistics };
  },
  Show: GridView,
};

/** Positions by layers, coloured by a number, and all of the cell that is looked at. */
function GridView({ picture, question, change, colourings, statistics }: Shown) {
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
        reading={question}
        stride={question.stride}
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
          marked={place && numberAt(picture, place, question, colouring)}
        />
        {grid}
      </section>
      <CellDetail
        picture={picture}
        place={place}
        statistics={statistics}
        reading={question}
        follow={follow}
      />
    </>
  );
}

function* numbersOf(picture: Picture, { read }: Colouring): Generator<number> {
  for (const cell of picture.cells()) {
    const value = read(cell);
    if (value !== null) yield value;
  }
}

function numberAt(picture: Picture, place: Place, reading: Reading, { read }: Colouring): number | null {
  const cell = picture.cell(place, reading);
  return cell === undefined ? null : read(cell);
}
