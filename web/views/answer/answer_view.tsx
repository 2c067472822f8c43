import { tokenLabel } from "../../text/token_label.ts";
import type { Shown, View } from "../view.ts";
import { Continuation } from "./continuation.tsx";
import { ModelFacts } from "./model_facts.tsx";
import { NextTokens } from "./next_tokens.tsx";
import { PromptTokens } from "./prompt_tokens.tsx";

export const ANSWER: View = {
  name: "answer",
  title: "Answer",
  controls: ["chat"],
  // The last block's residual stream through the logit lens is the model's own output, with what the next token cost it.
  probe: () => ({
    lenses: ["logit"],
    sites: ["resid_post"],
    layers: [-1],
    positions: "all",
    statistics: ["cross_entropy", "next_rank"],
  }),
  Show: AnswerView,
};

/** What the model reads, what it would say next, and how far its numbers are to be trusted. */
function AnswerView({ picture, question, change, model, service, selfCheck }: Shown) {
  const last = picture.output(picture.tokens.length - 1);
  return (
    <div class="answer">
      <PromptTokens picture={picture} question={question} change={change} />
      {question.chat && picture.begun && (
        <section aria-label="Template">
          <h2>As the model reads it</h2>
          <pre class="template">{picture.tokens.map(({ text, piece }) => text || piece).join("")}</pre>
        </section>
      )}
      <div class="columns">
        <section aria-label="Next token">
          <h2>What comes next</h2>
          {last === undefined
            ? (
              <p class="hint">
                {service === null
                  ? "This file does not say what the model itself says at the last position."
                  : "The answer to the last position has not come."}
              </p>
            )
            : (
              <>
                <p class="hint">
                  After <code>{tokenLabel(picture.tokens.at(-1)!)}</code>, by the model's own output.
                  {!question.chat && " Choose one to go on with it."}
                </p>
                <NextTokens
                  cell={last}
                  goOn={question.chat || service === null ? null : (text) => change({ prompt: question.prompt + text })}
                />
              </>
            )}
          {service !== null && picture.tokens.every(({ id }) => id !== null) && last !== undefined && (
            <Continuation
              key={picture.tokens.map(({ id }) => id).join(" ")}
              service={service}
              ids={picture.tokens.map(({ id }) => id!)}
              room={(model?.context ?? 0) - picture.tokens.length}
            />
          )}
        </section>
        {model !== null && <ModelFacts model={model} check={selfCheck} />}
      </div>
    </div>
  );
}
