import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { LensInfo } from "../clients/typescript/midstream.ts";
import type { Colouring } from "./colouring.ts";
import type { Control, Faults } from "./faults.ts";
import { type Question, SITES } from "./question.ts";

interface Props {
  readonly question: Question;
  readonly colourings: readonly Colouring[];
  readonly lenses: readonly LensInfo[];
  readonly faults: Faults;
  readonly busy: boolean;
  readonly change: (changed: Partial<Question>) => void;
  readonly stop: () => void;
}

/** The question in words and choices. Enter asks; Shift+Enter makes a new line. */
export function QuestionForm({ question, colourings, lenses, faults, busy, change, stop }: Props) {
  const [prompt, setPrompt] = useState(question.prompt);
  useEffect(() => setPrompt(question.prompt), [question.prompt]);
  const run = () => change({ prompt, ...prompt === question.prompt ? {} : { cell: null } });
  const known = lenses.some(({ id }) => id === question.lens);
  const ids = [...known ? [] : [question.lens], ...lenses.map(({ id }) => id)];

  return (
    <form
      class="question"
      aria-label="Question"
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <Field name="prompt" label="Prompt" fault={faults.prompt}>
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
      <Choice name="lens" label="Lens" value={question.lens} of={ids} fault={faults.lens} change={change} />
      {question.view !== "last" && (
        <Choice name="site" label="Site" value={question.site} of={SITES} fault={faults.site} change={change} />
      )}
      {question.view === "grid" && (
        <>
          <Choice
            name="colour"
            label="Colour"
            value={question.colour}
            of={colourings.map(({ name }) => name)}
            labels={colourings.map(({ label }) => label)}
            fault={faults.colour}
            change={change}
          />
          <label class="switch">
            <input
              type="checkbox"
              checked={question.log}
              onChange={(event) => change({ log: event.currentTarget.checked })}
            />{" "}
            logarithmic
          </label>
        </>
      )}
    </form>
  );
}

interface ChoiceProps {
  readonly name: Control;
  readonly label: string;
  readonly value: string;
  readonly of: readonly string[];
  readonly labels?: readonly string[];
  readonly fault: string | undefined;
  readonly change: (changed: Partial<Question>) => void;
}

function Choice({ name, label, value, of, labels = of, fault, change }: ChoiceProps) {
  return (
    <Field name={name} label={label} fault={fault}>
      {(props) => (
        <select {...props} value={value} onChange={(event) => change({ [name]: event.currentTarget.value })}>
          {of.map((id, at) => <option key={id} value={id}>{labels[at]}</option>)}
        </select>
      )}
    </Field>
  );
}

interface FieldProps {
  readonly name: Control;
  readonly label: string;
  readonly fault: string | undefined;
  readonly children: (props: ControlProps) => ComponentChildren;
}

interface ControlProps {
  readonly id: string;
  readonly "aria-invalid": boolean;
  readonly "aria-describedby"?: string;
}

/** A labelled control, with what the service says of it. */
function Field({ name, label, fault, children }: FieldProps) {
  const described = fault === undefined ? {} : { "aria-describedby": `${name}-fault` };
  return (
    <div class={`field ${name}`}>
      <label for={name}>{label}</label>
      {children({ id: name, "aria-invalid": fault !== undefined, ...described })}
      {fault !== undefined && <p class="fault" id={`${name}-fault`}>{fault}</p>}
    </div>
  );
}
