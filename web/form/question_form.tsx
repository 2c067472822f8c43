import { useEffect, useState } from "preact/hooks";
import { viewOf } from "../views/views.ts";
import { ChatTurns } from "./chat_turns.tsx";
import { type ControlParts, CONTROLS } from "./controls.tsx";
import { Field } from "./field.tsx";

interface Props extends ControlParts {
  readonly busy: boolean;
  readonly stop: () => void;
}

/** The question in words and choices. Enter asks; Shift+Enter makes a new line. */
export function QuestionForm({ busy, stop, ...parts }: Props) {
  const { question, faults, change } = parts;
  const [prompt, setPrompt] = useState(question.prompt);
  useEffect(() => setPrompt(question.prompt), [question.prompt]);
  const { controls: of } = viewOf(question.view);
  const controls = typeof of === "function" ? of(question) : of;
  const run = () => change({ prompt, ...prompt === question.prompt ? {} : { cell: null } });

  return (
    <form
      class="question"
      aria-label="Question"
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      {question.chat && <ChatTurns question={question} change={change} />}
      <Field name="prompt" label={question.chat ? "Prompt, as a user's message" : "Prompt"} fault={faults.prompt}>
        {(props) => (
          <textarea
            {...props}
            rows={Math.min(6, prompt.split("\n").length)}
            value={prompt}
            spellcheck={false}
            onInput={(event) => setPrompt(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
              event.preventDefault();
              run();
            }}
          />
        )}
      </Field>
      <p class="buttons">
        <button type="submit" class="run">Run</button>
        <button type="button" disabled={!busy} onClick={stop}>Stop</button>
      </p>
      {controls.map((name) => {
        const Control = CONTROLS[name];
        return <Control key={name} {...parts} />;
      })}
    </form>
  );
}
