import type { FunctionComponent } from "preact";
import type { LensInfo } from "../../clients/typescript/midstream.ts";
import type { Colouring, ColouringName } from "../colours/colouring.ts";
import type { Difference } from "../colours/difference.ts";
import { BESIDE, type Question, STRIDES, ZOOMS } from "../state/question.ts";
import type { ModelInfo } from "../state/service.ts";
import type { ControlName } from "../views/view.ts";
import type { Faults } from "./faults.ts";
import { Choice, Switch } from "./field.tsx";

/** What a choice of the form is made from. */
export interface ControlParts {
  readonly question: Question;
  readonly colourings: readonly Colouring[];
  readonly differences: readonly Difference[];
  readonly lenses: readonly Pick<LensInfo, "id">[];
  /** The service's, or a file's own. */
  readonly sites: readonly string[];
  readonly model: ModelInfo | null;
  readonly faults: Faults;
  readonly change: (changed: Partial<Question>) => void;
}

/** The choices that views can ask for. */
export const CONTROLS: Readonly<Record<ControlName, FunctionComponent<ControlParts>>> = {
  chat: ({ question, model, change }) =>
    model?.chat_template || question.chat
      ? <Switch label="chat" on={question.chat} turn={(chat) => change({ chat, cell: null })} />
      : null,
  lens: ({ question, lenses, faults, change }) => (
    <Choice
      name="lens"
      label="Lens"
      value={question.lens}
      of={idsOf(lenses, question.lens)}
      fault={faults.lens}
      choose={(lens) => change({ lens })}
    />
  ),
  against: ({ question, lenses, faults, change }) => (
    <Choice
      name="against"
      label="Against"
      value={question.against}
      of={idsOf(lenses, question.against)}
      fault={faults.against}
      choose={(against) => change({ against })}
    />
  ),
  site: ({ question, sites, faults, change }) => (
    <Choice
      name="site"
      label="Site"
      value={question.site}
      of={sites}
      fault={faults.site}
      choose={(site) => change({ site: site as Question["site"] })}
    />
  ),
  beside: ({ question, change }) => (
    <Choice
      name="beside"
      label="Side by side"
      value={question.beside}
      of={BESIDE}
      labels={["two lenses", "all sites"]}
      choose={(beside) => change({ beside: beside as Question["beside"] })}
    />
  ),
  colour: ({ question, colourings, faults, change }) => (
    <>
      <Choice
        name="colour"
        label="Colour"
        value={question.colour}
        of={colourings.map(({ name }) => name)}
        labels={colourings.map(({ label }) => label)}
        fault={faults.colour}
        choose={(colour) => change({ colour: colour as ColouringName })}
      />
      <Switch label="logarithmic" on={question.log} turn={(log) => change({ log })} />
    </>
  ),
  difference: ({ question, differences, change }) => (
    <Choice
      name="difference"
      label="Difference"
      value={question.difference}
      of={differences.map(({ name }) => name)}
      labels={differences.map(({ label }) => label)}
      choose={(difference) => change({ difference })}
    />
  ),
  zoom: ({ question, change }) => (
    <Choice
      name="zoom"
      label="Cells"
      value={question.zoom}
      of={ZOOMS}
      labels={["wide", "narrow", "colours only"]}
      choose={(zoom) => change({ zoom: zoom as Question["zoom"] })}
    />
  ),
  stride: ({ question, change }) => (
    <Choice
      name="stride"
      label="Layers"
      value={String(question.stride)}
      of={STRIDES.map(String)}
      labels={STRIDES.map((stride) => stride === 1 ? "all" : `every ${stride}th`.replace("2th", "2nd"))}
      choose={(value) => change({ stride: STRIDES.find((stride) => String(stride) === value)! })}
    />
  ),
};

/** A lens that the service does not have stays in sight: it is what was asked for. */
function idsOf(lenses: ControlParts["lenses"], chosen: string): readonly string[] {
  const ids = lenses.map(({ id }) => id);
  return ids.includes(chosen) ? ids : [chosen, ...ids];
}
