import { useMemo, useState } from "preact/hooks";
import { axesOf } from "../../charts/chart_frame.ts";
import { ChartSlider } from "../../charts/chart_slider.tsx";
import { LayerChart } from "../../charts/layer_chart.tsx";
import { useWidth } from "../../charts/use_width.ts";
import { Switch } from "../../form/field.tsx";
import { useTokensById } from "../../pins/use_tokens_by_id.ts";
import type { ShownToken } from "../../state/cell.ts";
import type { Reading } from "../../state/picture.ts";
import { SITES } from "../../state/question.ts";
import { tokenLabel } from "../../text/token_label.ts";
import type { Shown, View } from "../view.ts";
import { chosenTokens, suggestedTokens } from "./followed.ts";
import { FollowedBar } from "./followed_bar.tsx";
import { followProbe, MOST_LENSES } from "./follow_probe.ts";
import { readingOf, readingsAt } from "./readings.ts";
import { SmallChart } from "./small_chart.tsx";
import { suggestionsOf } from "./suggestions.ts";
import { tokensOf } from "./tokens_of.ts";
import { TopOneTable } from "./top_one_table.tsx";
import { TraceTable } from "./trace_table.tsx";
import { tracesOf } from "./traces.ts";
import { useTracked } from "./use_tracked.ts";
import { ValuesLine, valuesText } from "./values_line.tsx";

export const FOLLOW: View = {
  name: "follow",
  title: "Follow",
  controls: ["chat", "lens", "site"],
  probe: followProbe,
  anySite: true,
  Show: FollowView,
};

const GAP = 16;
const LARGE = { least: 400, height: 250 };
const SMALL_LEAST = 165;

/** A layer of one of the charts. */
interface Look {
  readonly reading: Reading;
  readonly layer: number;
}

/** Tokens through the layers of one position: rank over the whole vocabulary and probability, by lens and site. */
function FollowView(shown: Shown) {
  const { picture, question, change, lenses, service } = shown;
  const { pins, cell } = question;
  const { element, width } = useWidth<HTMLElement>();
  const [look, setLook] = useState<Look | null>(null);
  const [met, setMet] = useState<ReadonlyMap<number, ShownToken>>(new Map());
  const position = cell?.position ?? picture.tokens.length - 1;

  const readings = useMemo(() => readingsAt(picture, position), [picture, picture.rows, position]);
  const reading = readingOf(readings, question) ?? { ...question, cells: [] };
  const suggestions = useMemo(() => suggestionsOf(reading.cells), [reading.cells]);
  const suggested = useMemo(() => pins.length > 0 ? [] : suggestedTokens(reading.cells), [pins, reading.cells]);
  const tracked = useTracked(shown, suggested.flatMap(({ token: { id } }) => id === null ? [] : [id]));
  const known = useMemo(() => tokensOf(picture), [picture, picture.rows]);
  const asked = useTokensById(service, pins.filter((id) => !known.has(id) && !met.has(id)));
  const followed = pins.length > 0 ? chosenTokens(pins, new Map([...asked, ...met, ...known])) : suggested;

  const names = followed.map(({ key, label, slot }) => `${key} ${label} ${slot}`).join();
  const charts = useMemo(() => {
    const drawn = tracked === null ? readings : readingsAt(tracked, position);
    return drawn.map(({ cells, ...reading }) => ({ reading, traces: tracesOf(cells, followed) }));
  }, [tracked, readings, position, names]);
  const layers = useMemo(() => picture.layers.toReversed(), [picture.layers]);
  const axes = useMemo(
    () => axesOf(layers, charts.flatMap(({ traces }) => traces.flatMap(({ points }) => points))),
    [layers, charts],
  );
  const tracesAt = ({ lens, site }: Reading) =>
    charts.find(({ reading }) => reading.lens === lens && reading.site === site)?.traces ?? [];
  const traces = tracesAt(reading);
  const read = traces[0]?.points.map(({ layer }) => layer) ?? [];
  const whole = picture.begun && picture.rows >= picture.expectedRows;

  const chosen = typeof cell?.layer === "number" ? cell.layer : null;
  const lookingAt = (reading: Reading) => ({
    looked: look?.layer ?? null,
    chosen,
    look: (layer: number | null) => setLook(layer === null ? null : { reading, layer }),
    choose: (layer: number) => change({ cell: { position, layer } }),
  });
  const pair = width >= 2 * LARGE.least + GAP;
  const large = { axes, traces, height: LARGE.height, width: pair ? (width - GAP) / 2 : width, large: true, whole };
  const sites = charts.length / Math.max(1, picture.lenses.length);
  const columns = columnsOf(width, sites);
  const said = look ?? { reading, layer: chosen !== null && read.includes(chosen) ? chosen : read.at(-1) ?? 0 };

  return (
    <section class="follow" aria-label="Tokens through the layers" ref={element}>
      <div class="pins">
        <label for="position">Position</label>
        <select
          id="position"
          value={position}
          onChange={(event) => {
            change({ cell: { position: Number(event.currentTarget.value), layer: cell?.layer ?? "output" } });
          }}
        >
          {picture.tokens.map((token, at) => <option key={at} value={at}>{at} {tokenLabel(token)}</option>)}
        </select>
        {lenses.length > 1 && <Switch label="all lenses" on={question.all} turn={(all) => change({ all })} />}
        {question.all && lenses.length > MOST_LENSES && (
          <span class="hint">{MOST_LENSES} of {lenses.length} are shown</span>
        )}
      </div>
      <FollowedBar
        {...shown}
        followed={followed}
        suggestions={suggestions}
        meet={(token) => setMet(new Map([...met, [token.id!, token]]))}
      />
      {followed.length > 0 && (
        <>
          <ValuesLine {...said} traces={tracesAt(said.reading)} />
          <div class={pins.length === 0 ? "charts dashed" : "charts"}>
            {(["rank", "prob"] as const).map((kind) => (
              <ChartSlider
                key={kind}
                title={`${
                  kind === "rank" ? "Rank, logarithmic" : "Probability"
                }, ${reading.lens} lens of ${reading.site}`}
                layers={read}
                textOf={(layer) => valuesText(layer, traces)}
                {...lookingAt(reading)}
              >
                <LayerChart {...large} kind={kind} {...lookingAt(reading)} />
              </ChartSlider>
            ))}
          </div>
          <p class="marks">
            ○: the likeliest for the first time. ◆: the likeliest from here to the end. Every lens and site: rank above
            probability, on the same axes. <span class="hint">A click keeps a layer.</span>
          </p>
          <div
            class={pins.length === 0 ? "charts dashed" : "charts"}
            role="group"
            aria-label="Small charts, rank above probability"
            style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
          >
            {charts.map(({ reading: { lens, site }, traces }) => (
              <SmallChart
                key={`${lens} ${site}`}
                reading={{ lens, site }}
                traces={traces}
                axes={axes}
                width={(width - (columns - 1) * GAP) / columns}
                whole={whole}
                isChosen={lens === reading.lens && site === reading.site}
                enlarge={enlargeOf(lens, site, change)}
                {...lookingAt({ lens, site })}
              />
            ))}
          </div>
          <div class="tables" role="region" aria-label="Numbers" tabIndex={0}>
            <TopOneTable
              rows={charts.filter(({ traces }) => traces.some(({ points }) => points.length > 0))}
              columns={followed}
              whole={whole}
            />
            <TraceTable
              title={`Rank and probability, ${reading.lens} lens of ${reading.site}`}
              layers={read}
              traces={traces}
              chosen={chosen}
            />
          </div>
        </>
      )}
    </section>
  );
}

/** A row for each lens where they fit. */
function columnsOf(width: number, sites: number): number {
  const fit = Math.max(1, Math.floor((width + GAP) / (SMALL_LEAST + GAP)));
  return Math.max(1, Math.min(fit, sites));
}

function enlargeOf(lens: string, name: string, change: Shown["change"]): (() => void) | null {
  const site = SITES.find((site) => site === name);
  return site === undefined ? null : () => change({ lens, site });
}
