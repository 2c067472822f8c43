import { useMemo, useState } from "preact/hooks";
import { ColourScale } from "../../colours/colour_scale.ts";
import { type Colouring, colouringsOf } from "../../colours/colouring.ts";
import { Legend } from "../../colours/legend.tsx";
import { Switch } from "../../form/field.tsx";
import { PinList } from "../../pins/pin_list.tsx";
import { pinSlots } from "../../pins/pin_slots.ts";
import { toggledPin } from "../../pins/toggled_pin.ts";
import { useTokensById } from "../../pins/use_tokens_by_id.ts";
import { SetPicker } from "../../prompts/set_picker.tsx";
import type { Picture } from "../../state/picture.ts";
import { COMPONENTS, MOST_PINS } from "../../state/question.ts";
import { chosenTokens } from "../follow/followed.ts";
import { tokensOf } from "../follow/tokens_of.ts";
import type { Shown, View } from "../view.ts";
import type { RankPlace } from "./rank_place.ts";
import { RankTable } from "./rank_table.tsx";
import { TokenLine } from "./token_line.tsx";

export const LAST_POSITION: View = {
  name: "last",
  title: "Last position",
  controls: ["chat", "lens"],
  probe: ({ lens }) => ({ lenses: [lens], sites: [...COMPONENTS], positions: "last", statistics: [] }),
  anySite: true,
  Show: LastPositionView,
};

/** Probabilities have one scale everywhere. */
const SCALE = new ColourScale([], "probability", false);
const PROBABILITY: Colouring = {
  ...colouringsOf([]).find(({ name }) => name === "prob")!,
  label: "probability",
  unit: "",
  description: "Probability of the token, by the lens.",
};

/** Rank by layer at the prompt's end, for each component of a block: token and probability in percent. */
function LastPositionView({ picture, question, change, service }: Shown) {
  const { pins, plain } = question;
  const [hovered, setHovered] = useState<RankPlace | null>(null);
  const [active, setActive] = useState<RankPlace | null>(null);
  const position = picture.tokens.length - 1;
  const lens = picture.lenses.length === 0 || picture.lenses.includes(question.lens)
    ? question.lens
    : picture.lenses[0]!;
  const sites = useMemo(() => sitesOf(picture, position), [picture, picture.rows, position]);
  const known = useMemo(() => tokensOf(picture), [picture, picture.rows]);
  const asked = useTokensById(service, pins.filter((id) => !known.has(id)));
  const isFull = pins.length >= MOST_PINS;

  // The same elements are not drawn again: pointing at tokens costs the line alone.
  const panels = useMemo(() => {
    const slots = pinSlots(pins);
    return sites.map((site) => (
      <RankTable
        key={site}
        picture={picture}
        position={position}
        reading={{ lens, site }}
        scale={plain ? null : SCALE}
        slots={slots}
        active={active}
        activate={setActive}
        hover={setHovered}
        pin={(id) => change({ pins: toggledPin(pins, id) })}
      />
    ));
  }, [picture, picture.rows, sites, lens, question, active]);

  const place = hovered ?? active;
  const token = place === null
    ? undefined
    : picture.readout(position, place.layer, { lens, site: place.site })?.top[place.rank - 1];

  return (
    <section class="last-position" aria-label="Last position">
      {service !== null && <SetPicker prompt={question.prompt} show={(prompt) => change({ prompt, cell: null })} />}
      <div class="pins">
        <Switch label="colour" on={!plain} turn={(on) => change({ plain: !on })} />
        {!plain && <Legend scale={SCALE} colouring={PROBABILITY} marked={token?.prob ?? null} />}
      </div>
      {pins.length > 0 && (
        <div class="pins">
          <PinList
            pins={chosenTokens(pins, new Map([...asked, ...known]))}
            remove={(id) => change({ pins: toggledPin(pins, id) })}
          />
          <button type="button" onClick={() => change({ view: "follow", cell: null })}>
            Follow through the layers
          </button>
          {isFull && <span role="status" class="hint">{MOST_PINS} tokens are pinned: let one go to pin another.</span>}
        </div>
      )}
      <TokenLine place={place} token={token} reading={{ lens, site: place?.site ?? "" }} />
      <div class="panels">{panels}</div>
    </section>
  );
}

/** The components, or what a file has in their place. */
function sitesOf(picture: Picture, position: number): readonly string[] {
  const there = new Set<string>();
  for (const cell of picture.cells()) if (cell.position === position) there.add(cell.site);
  const components = COMPONENTS.filter((site) => there.has(site));
  if (picture.frames.length > 0 || there.size === 0) return COMPONENTS;
  return components.length > 0 ? components : [...there];
}
