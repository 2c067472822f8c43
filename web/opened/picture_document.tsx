import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { differencesOf } from "../colours/difference.ts";
import { CONTROLS } from "../form/controls.tsx";
import { ViewTabs } from "../form/view_tabs.tsx";
import { ExportMenu } from "../export/export_menu.tsx";
import type { Picture } from "../state/picture.ts";
import type { Question } from "../state/question.ts";
import type { ModelInfo, StatisticInfo } from "../state/service.ts";
import type { ControlName, Shown } from "../views/view.ts";
import { promptText } from "../text/prompt_text.ts";
import { controlsOf } from "../views/controls_of.ts";
import { viewOf } from "../views/views.ts";
import { lacking } from "./lacking.ts";
import { partsOf, type PictureParts, questionWithin } from "./picture_parts.ts";

interface Props {
  readonly picture: Picture;
  /** How it is looked at, at first. */
  readonly start: Question;
  readonly statistics: readonly StatisticInfo[];
  /** Null: no service said what the model is. */
  readonly model: ModelInfo | null;
  /** What stands beside the views. */
  readonly children?: ComponentChildren;
}

const NO_FAULTS = {};

/** A picture that is all there is: the same views, and nobody to ask for more. How it is looked at is in no link. */
export function PictureDocument({ picture, start, statistics, model, children }: Props) {
  const [asked, setAsked] = useState(start);
  const parts = useMemo(() => partsOf(picture, statistics), [picture, statistics]);
  const question = questionWithin(asked, picture, parts);
  const change = (changed: Partial<Question>) => setAsked((asked) => ({ ...asked, ...changed }));
  const view = viewOf(question.view);
  const { colourings } = parts;
  const differences = useMemo(() => differencesOf(statistics), [statistics]);
  const shown: Shown = {
    picture,
    question,
    change,
    colourings,
    statistics,
    model,
    lenses: [],
    service: null,
    selfCheck: null,
  };
  const prompt = promptText(picture);
  const controls = controlsOf(view, question).filter((name) => makesSense(name, parts));
  const nothing = lacking(view, question, picture, parts);
  return (
    <>
      <section class="read-prompt" aria-label="The prompt">
        {prompt === "" ? "The prompt is not said." : prompt}
      </section>
      {controls.length > 0 && (
        <form class="question" aria-label="Question" onSubmit={(event) => event.preventDefault()}>
          {controls.map((name) => {
            const Control = CONTROLS[name];
            return (
              <Control
                key={name}
                question={question}
                colourings={colourings}
                differences={differences}
                lenses={parts.lenses.map((id) => ({ id }))}
                sites={parts.sites}
                model={null}
                faults={NO_FAULTS}
                change={change}
              />
            );
          })}
        </form>
      )}
      <div class="tools">
        <ViewTabs view={view.name} change={change} />
        <section class="buttons" aria-label="Files">
          {children}
          <ExportMenu view={view} shown={shown} isLive={false} isBusy={false} />
        </section>
      </div>
      <main>
        {nothing === null ? <view.Show {...shown} /> : <p class="lacking">{nothing}</p>}
      </main>
    </>
  );
}

/** A choice of one is none. */
function makesSense(name: ControlName, { lenses, sites }: PictureParts): boolean {
  switch (name) {
    case "chat":
      return false;
    case "lens":
    case "against":
      return lenses.length > 1;
    case "site":
      return sites.length > 1;
    default:
      return true;
  }
}
