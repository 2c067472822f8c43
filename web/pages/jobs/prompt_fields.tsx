import { Choice, Field } from "../../form/field.tsx";
import { FileButton } from "../file_button.tsx";
import type { JobDraft } from "./job_draft.ts";
import { READ_AS, type ReadAs } from "./read_prompts.ts";

interface Props {
  readonly draft: JobDraft;
  readonly fill: (changed: Partial<JobDraft>) => void;
  readonly faultOf: (place: "text" | "template" | "values") => string | undefined;
  readonly takeFiles: (files: readonly File[]) => void;
}

/** Text of a file that is not put into a field to be typed in: browsers stand still for it. */
const MOST_SHOWN = 1_000_000;

/** Where the prompts of a job come from: a text or file of them, or a template and its values. */
export function PromptFields({ draft, fill, faultOf, takeFiles }: Props) {
  const { from, text, as, template, values } = draft;
  const zone = (member: "text" | "values", accept: string, hint: string) => (
    <FileButton
      label="Choose a file"
      accept={accept}
      take={takeFiles}
    >
      {hint} {draft[member].length > MOST_SHOWN && (
        <button
          type="button"
          onClick={() => fill({ [member]: "" })}
        >
          Leave this file
        </button>
      )}
    </FileButton>
  );
  const area = (
    member: "text" | "template" | "values",
    label: string,
    rows: number,
    example: string,
    value = draft[member],
  ) =>
    value.length > MOST_SHOWN
      ? <p>{label}: a file of {value.length} characters, too many to be shown.</p>
      : (
        <Field name={`job-${member}`} label={label} fault={faultOf(member)}>
          {(props) => (
            <textarea
              {...props}
              rows={rows}
              spellcheck={false}
              placeholder={example}
              value={value}
              onInput={(event) => fill({ [member]: event.currentTarget.value })}
            />
          )}
        </Field>
      );
  return (
    <>
      <fieldset>
        <legend>Prompts from</legend>
        <div class="several">
          {(["prompts", "template"] as const).map((kind) => (
            <label class="switch" key={kind}>
              <input type="radio" name="job-from" checked={from === kind} onChange={() => fill({ from: kind })} />{" "}
              {kind === "prompts" ? "a list" : "a template and its values"}
            </label>
          ))}
        </div>
      </fieldset>
      {from === "prompts"
        ? (
          <>
            {area("text", "Prompts", 5, "Once upon a time\nTom and Lily went to the", text)}
            {zone("text", ".txt,.json,.jsonl,.ndjson", "or drop it here: lines of text, a JSON array, or NDJSON.")}
            <Choice
              name="job-as"
              label="Read as"
              value={as}
              of={READ_AS}
              labels={["what it looks like", "one prompt a line", "JSON"]}
              choose={(as) => fill({ as: as as ReadAs })}
            />
          </>
        )
        : (
          <>
            {area(
              "template",
              "Template, with names in braces",
              2,
              "Once upon a time, there was a {who} named",
              template,
            )}
            {area("values", "Values: a table, its first line the names", 5, "who\nlittle girl\nbig dog", values)}
            {zone("values", ".csv,.tsv,.txt,.json", "or drop it here: CSV, tabs, or a JSON array of objects.")}
          </>
        )}
    </>
  );
}
