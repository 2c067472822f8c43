import type { Picture, Reading } from "../state/picture.ts";
import type { Place } from "../state/question.ts";
import type { StatisticInfo } from "../state/service.ts";
import { tokenLabel } from "../text/token_label.ts";
import { StatisticsList } from "./statistics_list.tsx";
import { TopTokens } from "./top_tokens.tsx";

interface Props {
  readonly picture: Picture;
  readonly place: Place | null;
  readonly statistics: readonly StatisticInfo[];
  readonly reading: Reading;
  readonly follow: (id: number) => void;
}

/** All that is known of a cell. Numbers are shown with three digits; pointing at one shows all of it. */
export function CellDetail({ picture, place, statistics, reading, follow }: Props) {
  const cell = place === null ? undefined : picture.cell(place, reading);
  const token = place === null ? undefined : picture.tokens[place.position];
  return (
    <aside class="detail" aria-label="Cell">
      {place === null || token === undefined
        ? <p class="hint">Point at a cell, or move to one with the arrow keys: its ten likeliest tokens stand here.</p>
        : (
          <>
            <h2>
              position {place.position} <code>{tokenLabel(token)}</code>
              {" · "}
              {place.layer === "output" ? "output" : `layer ${place.layer}`}
            </h2>
            <p class="reading">
              {place.layer === "output"
                ? "what the model itself says"
                : `${reading.lens} lens of ${reading.site}${picture.norm === null ? "" : `, norm ${picture.norm}`}`}
            </p>
            {cell === undefined ? <p class="hint">Not read yet.</p> : (
              <>
                <TopTokens cell={cell} follow={follow} />
                <StatisticsList cell={cell} statistics={statistics} />
                {cell.warnings?.map((warning) => <p class="fault" key={warning}>{warning}</p>)}
              </>
            )}
          </>
        )}
    </aside>
  );
}
