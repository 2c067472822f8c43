import { useMemo, useState } from "preact/hooks";
import { ColourScale } from "../colours/colour_scale.ts";
import type { Colouring } from "../colours/colouring.ts";
import { Legend } from "../colours/legend.tsx";
import { CellDetail } from "../grid/cell_detail.tsx";
import { Grid } from "../grid/grid.tsx";
import { readingFaces } from "../grid/reading_faces.ts";
import type { Picture, Reading } from "../state/picture.ts";
import type { Place } from "../state/question.ts";
import { withPin } from "../pins/with_pin.ts";
import { cellStatistics } from "./cell_statistics.ts";
import type { Shown, View } from "./view.ts";

export const GRID: View = {
  name: "grid",
  title: "Grid",
  controls: ["chat", "lens", "site", "colour", "zoom", "stride"],
  probe({ lens, site, colour }) {
    return { lenses: [lens], sites: [site], positions: "all", statistics: cellStatistics(colour) };
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
  const { lens, site, pins } = question;
  const faceOf = useMemo(
    () => readingFaces(picture, { lens, site }, colouring, scale, pins),
    [picture, picture.rows, lens, site, colouring, scale, pins],
  );
  /** On to the view that follows the token through the layers of this position. */
  const follow = (id: number) => change({ view: "follow", cell: place, pins: withPin(pins, id) });

  return (
    <>
      <section class="picture" aria-label="Positions by layers">
        <Legend
          scale={scale}
          colouring={colouring}
          marked={place && numberAt(picture, place, question, colouring)}
        />
        <Grid
          name="cell"
          label="Likeliest token of each layer at each position"
          picture={picture}
          faceOf={faceOf}
          stride={question.stride}
          zoom={question.zoom}
          active={question.cell}
          hovered={hovered}
          activate={(cell) => change({ cell })}
          hover={setHovered}
        />
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
