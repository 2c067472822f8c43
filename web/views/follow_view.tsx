import { FollowTable } from "./follow_table.tsx";
import { LayerChart, PIN_COLOURS } from "../charts/layer_chart.tsx";
import type { Cell, RankedToken } from "../state/cell.ts";
import { MOST_PINS } from "../state/question.ts";
import { tokenLabel } from "../text/token_label.ts";
import type { Shown, View } from "./view.ts";

export const FOLLOW: View = {
  name: "follow",
  title: "Follow",
  controls: ["chat", "lens", "site"],
  probe({ lens, site, cell, pins }) {
    const positions = cell === null ? "last" : [cell.position];
    return { lenses: [lens], sites: [site], positions, statistics: [], track_ids: [...pins] };
  },
  Show: FollowView,
};

/** Tokens through the layers of one position: rank over the whole vocabulary, and probability. */
function FollowView({ picture, question, change }: Shown) {
  const { pins, site, lens, cell } = question;
  const position = cell?.position ?? picture.tokens.length - 1;
  const layers = picture.layers.toReversed();
  const cells = layers.map((layer) => picture.readout(position, layer, { lens, site })).filter((cell) =>
    cell !== undefined
  );
  const tracked = pins.flatMap((id) => {
    const through = cells.map((cell) => cell.tracked.find((token) => token.id === id));
    return through.every((token) => token !== undefined) && through.length > 0 ? [{ id, through }] : [];
  });
  const lines = (value: "rank" | "prob") =>
    tracked.map(({ id, through }) => ({
      colour: pins.indexOf(id),
      values: through.map((token) => token[value] ?? NaN),
    }));
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
          {picture.tokens.map((token, at) => <option key={at} value={at}>{at} {tokenLabel(token)}</option>)}
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
              onClick={() => change({ pins: [...pins, token.id!] })}
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
function suggestions(cells: readonly Cell[], pins: readonly number[]): RankedToken[] {
  const best = new Map<number, RankedToken>();
  for (const { top: [first] } of cells) {
    if (first === undefined || first.id === null || pins.includes(first.id)) continue;
    if (first.prob! > (best.get(first.id)?.prob ?? -1)) best.set(first.id, first);
  }
  return [...best.values()].sort((a, b) => b.prob! - a.prob!);
}

function labelOf(id: number, token: RankedToken | undefined): string {
  return token === undefined ? `#${id}` : tokenLabel(token);
}
