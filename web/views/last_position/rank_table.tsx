import type { ColourScale } from "../../colours/colour_scale.ts";
import { pinClass } from "../../pins/pin_slots.ts";
import type { Picture, Reading } from "../../state/picture.ts";
import { exactText, percentText } from "../../text/number_text.ts";
import { tokenLabel } from "../../text/token_label.ts";
import { movedRank, type RankPlace, rankPlaceId } from "./rank_place.ts";

/** Columns at least, so that nothing moves when tokens come. */
const RANKS = 10;

interface Props {
  readonly picture: Picture;
  readonly position: number;
  readonly reading: Reading;
  /** Null: without colours. */
  readonly scale: ColourScale | null;
  /** Colours of the tokens that are pinned. */
  readonly slots: ReadonlyMap<number, number>;
  readonly active: RankPlace | null;
  readonly activate: (place: RankPlace) => void;
  readonly hover: (place: RankPlace | null) => void;
  readonly pin: (id: number) => void;
}

/** The likeliest tokens of a site at one position: ranks from left to right, layers from the bottom up. */
export function RankTable({ picture, position, reading, scale, slots, active, activate, hover, pin }: Props) {
  const { lens, site } = reading;
  const ranks = Array.from({ length: RANKS }, (_, at) => at + 1);
  const tokenAt = ({ layer, rank }: RankPlace) => picture.readout(position, layer, reading)?.top[rank - 1];
  const here = active !== null && active.site === site ? active : null;

  function placeOf(target: EventTarget | null): RankPlace | null {
    const cell = target instanceof Element ? target.closest<HTMLElement>("td[data-rank]") : null;
    return cell === null ? null : { site, layer: Number(cell.dataset.layer), rank: Number(cell.dataset.rank) };
  }

  function pinAt(place: RankPlace | null) {
    const id = place === null ? null : tokenAt(place)?.id ?? null;
    if (id !== null) pin(id);
  }

  return (
    <div class="panel">
      <table
        class="ranks"
        role="grid"
        tabIndex={0}
        aria-readonly="true"
        aria-label={`${lens} lens of ${site}`}
        {...here === null ? {} : { "aria-activedescendant": rankPlaceId(here) }}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === " ") pinAt(here);
          else {
            const next = movedRank(event, here, picture.layers, RANKS);
            if (next === null) return;
            activate({ ...next, site });
            document.getElementById(rankPlaceId({ ...next, site }))?.scrollIntoView({
              block: "nearest",
              inline: "nearest",
            });
          }
          event.preventDefault();
        }}
        onMouseOver={(event) => hover(placeOf(event.target))}
        onMouseLeave={() => hover(null)}
        onClick={(event) => {
          const place = placeOf(event.target);
          if (place !== null) activate(place);
          pinAt(place);
        }}
      >
        <caption>{lens} lens of {site}</caption>
        <thead>
          <tr>
            <th scope="col">layer</th>
            {ranks.map((rank) => <th scope="col" key={rank}>{rank}</th>)}
          </tr>
        </thead>
        <tbody>
          {picture.layers.map((layer) => (
            <tr key={layer}>
              <th scope="row">{layer}</th>
              {ranks.map((rank) => {
                const place = { site, layer, rank };
                const token = tokenAt(place);
                if (token === undefined) return <td key={rank} />;
                const paint = token.prob === null ? null : scale?.paint(token.prob) ?? null;
                const slot = token.id === null ? undefined : slots.get(token.id);
                const isActive = here !== null && here.layer === layer && here.rank === rank;
                return (
                  <td
                    key={rank}
                    id={rankPlaceId(place)}
                    class={isActive ? "active" : undefined}
                    aria-selected={slot !== undefined}
                    data-layer={layer}
                    data-rank={rank}
                    title={exactText(token.prob)}
                    style={{ backgroundColor: paint?.background ?? "", color: paint?.ink ?? "" }}
                  >
                    <span>{tokenLabel(token)}</span>
                    <small>{percentText(token.prob)}</small>
                    {slot !== undefined && <i class={`pin-mark ${pinClass(slot)}`} />}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
