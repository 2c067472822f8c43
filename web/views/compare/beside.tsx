import { useMemo, useState } from "preact/hooks";
import { ColourScale } from "../../colours/colour_scale.ts";
import type { Difference } from "../../colours/difference.ts";
import { ScrollLink } from "../../grid/scroll_link.ts";
import { withPin } from "../../pins/with_pin.ts";
import type { Place } from "../../state/question.ts";
import type { Shown } from "../view.ts";
import { ComparedCells } from "./compared_cells.tsx";
import { DifferencePane } from "./difference_pane.tsx";
import { numbersOf } from "./numbers_of.ts";
import { type Side, sideNotes } from "./side.ts";
import { SidePane } from "./side_pane.tsx";

interface Props extends Shown {
  readonly sides: readonly Side[];
  /** Of the first two; null: they are only looked at. */
  readonly difference: Difference | null;
  /** Why there is nothing more to be seen. */
  readonly notice: string | null;
}

/** What all grids that stand beside each other share. */
export interface Linked {
  readonly hovered: Place | null;
  readonly hover: (place: Place | null) => void;
  readonly link: ScrollLink;
}

/** Grids beside each other on one scale, with one scroll, one pointer and one chosen cell. */
export function Beside({ sides, difference, notice, ...shown }: Props) {
  const { picture, question, change, colourings, statistics } = shown;
  const [hovered, hover] = useState<Place | null>(null);
  const link = useMemo(() => new ScrollLink(), []);
  const linked: Linked = { hovered, hover, link };
  const place = hovered ?? question.cell;
  const colouring = colourings.find(({ name }) => name === question.colour) ?? colourings[0]!;
  const shownAs = sides.map(({ reading: { lens, site } }) => `${lens} ${site}`).join();
  const scale = useMemo(
    () => new ColourScale(numbersOf(picture, sides, colouring), colouring.unit, question.log),
    [picture, picture.rows, shownAs, colouring, question.log],
  );
  const follow = (id: number) => change({ view: "follow", cell: place, pins: withPin(question.pins, id) });

  return (
    <section class="compare" aria-label="Compare">
      {notice !== null && <p class="notice">{notice}</p>}
      {!picture.begun && <p class="hint">Nothing has been read yet.</p>}
      <div class="beside">
        {sides.map((side, at) => (
          <SidePane
            key={at}
            {...shown}
            {...linked}
            name={`cell-${at}`}
            side={side}
            notes={sideNotes(picture, side)}
            colouring={colouring}
            scale={scale}
            place={place}
          />
        ))}
        {difference !== null && (
          <DifferencePane {...shown} {...linked} sides={sides} difference={difference} place={place} />
        )}
      </div>
      <ComparedCells
        picture={picture}
        place={place}
        sides={sides}
        difference={difference}
        statistics={statistics}
        follow={follow}
      />
    </section>
  );
}
