import type { ReadoutFrame, TopToken } from "../clients/typescript/midstream.ts";
import { FollowTable } from "./follow_table.tsx";
import { LayerChart, PIN_COLOURS } from "./layer_chart.tsx";
import type { Picture } from "./picture.ts";
import { MOST_PINS, type Question } from "./question.ts";
import { tokenLabel } from "./token_label.ts";

interface Props {
  readonly picture: Picture;
  readonly question: Question;
  readonly change: (changed: Partial<Question>) => void;
}

/** Tokens through the layers of one position: rank over the whole vocabulary, and probability. */
export function FollowView({ picture, question, change }: Props) {
  const { pins, site, lens, cell } = question;
  const position = cell?.position ?? picture.tokens.length - 1;
  const layers = picture.layers.toReversed();
  const cells = layers.map((layer) => picture.readout(position, site, layer)).filter((cell) => cell !== undefined);
  const tracked = pins.flatMap((id) => {
    const through = cells.map((cell) => cell.tracked.find((token) => token.id === id));
    return through.every((token) => token !== undefined) && through.length > 0 ? [{ id, through }] : [];
  });
  const lines = (value: "rank" | "prob") =>
    tracked.map(({ id, through }) => ({ colour: pins.indexOf(id), values: through.map((token) => token[value]) }));
  const read = cells.map(({ layer }) => layer);

  return (
    <section class="follow" aria-label="Tokens through the layers">
      <p>
        <label for="position">Position</label>{" "}
        <select
          id="position"
          value={position}
          onChange={(event) => {
            change({ cell: { position: Number(event.currentTarget.value), layer: cell?.layer ?? "output" } });
          }}
        >
          {picture.tokens.map((token) => (
            <option key={token.position} value={token.position}>{token.position} {tokenLabel(token)}</option>
          ))}
        </select>{" "}
        {lens} lens of {site}
      </p>
      <p class="pins">
        <span>Followed:</span>
        {pins.length === 0 && <span class="hint">none yet</span>}
        {pins.map((id, at) => (
          <button
            key={id}
            type="button"
            title="Follow it no more"
            onClick={() => change({ pins: pins.filter((pin) => pin !== id) })}
          >
            <span class="swatch" style={{ backgroundColor: PIN_COLOURS[at] }} />
            {labelOf(id, tracked.find((line) => line.id === id)?.through[0])} ×
          </button>
        ))}
      </p>
      {pins.length < MOST_PINS && (
        <p class="pins">
          <span>Likeliest in some layer:</span>
          {suggestions(cells, pins).map((token) => (
            <button
              key={token.id}
              type="button"
              onClick={() => change({ pins: [...pins, token.id] })}
            >
              {tokenLabel(token)}
            </button>
          ))}
        </p>
      )}
      {tracked.length > 0 && (
        <>
          <div class="charts">
            <LayerChart title="rank by layer, logarithmic" layers={read} lines={lines("rank")} kind="rank" />
            <LayerChart title="probability by layer" layers={read} lines={lines("prob")} kind="prob" />
          </div>
          <FollowTable layers={read} tracked={tracked} />
        </>
      )}
    </section>
  );
}

/** Distinct likeliest tokens of the layers, those with the highest probability anywhere first. */
export function suggestions(cells: readonly ReadoutFrame[], pins: readonly number[]): TopToken[] {
  const best = new Map<number, TopToken>();
  for (const { top: [first] } of cells) {
    if (first === undefined || pins.includes(first.id)) continue;
    if (first.prob > (best.get(first.id)?.prob ?? -1)) best.set(first.id, first);
  }
  return [...best.values()].sort((a, b) => b.prob - a.prob);
}

function labelOf(id: number, token: TopToken | undefined): string {
  return token === undefined ? `#${id}` : tokenLabel(token);
}
