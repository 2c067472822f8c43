import { isOfTwo } from "../../colours/colouring.ts";
import type { Difference } from "../../colours/difference.ts";
import { StatisticsList } from "../../grid/statistics_list.tsx";
import { TopTokens } from "../../grid/top_tokens.tsx";
import type { Picture } from "../../state/picture.ts";
import type { Place } from "../../state/question.ts";
import type { StatisticInfo } from "../../state/service.ts";
import { numberText } from "../../text/number_text.ts";
import { tokenLabel } from "../../text/token_label.ts";
import { differenceAt } from "./difference_at.ts";
import type { Side } from "./side.ts";

interface Props {
  readonly picture: Picture;
  readonly place: Place | null;
  readonly sides: readonly Side[];
  readonly difference: Difference | null;
  readonly statistics: readonly StatisticInfo[];
  readonly follow: (id: number) => void;
}

/** The same cell by every side: its likeliest tokens beside each other, and what is said of it. */
export function ComparedCells({ picture, place, sides, difference, statistics, follow }: Props) {
  const token = place === null ? undefined : picture.tokens[place.position];
  if (place === null || token === undefined) {
    return (
      <aside class="compared" aria-label="Cell">
        <p class="hint">Point at a cell, or move to one with the arrow keys: what each side says of it stands here.</p>
      </aside>
    );
  }
  const isOutput = place.layer === "output";
  const value = difference === null ? null : differenceAt(picture, sides, difference, place);
  // What compares is said once, by the first: the second compared with itself differs in nothing.
  const own = statistics.filter(({ name }) => !isOfTwo(name));
  return (
    <aside class="compared" aria-label="Cell">
      <h2>
        position {place.position} <code>{tokenLabel(token)}</code> · {isOutput ? "output" : `layer ${place.layer}`}
      </h2>
      {difference !== null && value !== null && (
        <p data-difference={difference.name} title={String(value)}>
          {difference.label}: {numberText(value)} {difference.unit === "rank" ? "" : difference.unit}
        </p>
      )}
      <div class="cells-beside">
        {(isOutput ? sides.slice(0, 1) : sides).map(({ title, reading }, at) => {
          const cell = picture.cell(place, reading);
          const name = isOutput ? "what the model itself says" : title;
          return (
            <div key={at} role="group" aria-label={name}>
              <h3>{name}</h3>
              {cell === undefined ? <p class="hint">Nothing has been read here.</p> : (
                <>
                  <TopTokens cell={cell} follow={follow} />
                  <StatisticsList cell={cell} statistics={at === 0 ? statistics : own} />
                  {cell.warnings?.map((warning) => <p class="fault" key={warning}>{warning}</p>)}
                </>
              )}
            </div>
          );
        })}
      </div>
    </aside>
  );
}
