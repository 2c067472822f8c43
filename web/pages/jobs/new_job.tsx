import { useMemo, useState } from "preact/hooks";
import { TroubleText } from "../../form/trouble_text.tsx";
import { type Trouble, troubleOf } from "../../state/trouble.ts";
import { byteText } from "../../text/byte_text.ts";
import type { PageParts } from "../page.ts";
import type { Job } from "./job.ts";
import { JobChoicesFields } from "./job_choices.tsx";
import type { JobChoices } from "./job_draft.ts";
import { draftPrompts, jobBody } from "./job_request.ts";
import { secondsText } from "./job_words.ts";
import { PromptFields } from "./prompt_fields.tsx";

interface Props extends Pick<PageParts, "service" | "model" | "lenses" | "draft" | "fillDraft"> {
  /** Lens that is in use. */
  readonly lens: string;
  readonly made: (job: Job) => void;
  readonly takeFiles: (files: readonly File[]) => void;
}

interface Estimate {
  readonly prompt_tokens: number;
  readonly rows: number;
  readonly response_bytes: number;
  readonly estimated_ms: number;
}

/** Prompts shown before they are sent. */
const SHOWN = 3;

/** Makes a job up, says what it would take, and sends it. */
export function NewJob({ service, model, lenses, lens, draft, fillDraft, made, takeFiles }: Props) {
  const choices: JobChoices = { ...draft.choices, lenses: draft.lenses ?? [lens] };
  const { from, text, as, template, values } = draft;
  const prompts = useMemo(() => draftPrompts(draft), [from, text, as, template, values]);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [estimate, setEstimate] = useState("");

  const errors = trouble?.problem?.errors ?? [];
  const faultOf = (member: string) => errors.find(({ pointer = "" }) => pointer.split("/")[1] === member)?.detail;
  const ofPlace = (place: "text" | "template" | "values") =>
    "fault" in prompts && prompts.place === place
      ? prompts.fault
      : faultOf(place === "text" ? "prompts" : place) ?? (place === "text" ? lineFault(trouble) : undefined);
  const count = "fault" in prompts ? 0 : prompts.requests.length;
  const most = model?.limits.job_prompts ?? Infinity;
  const cannot = count === 0 || count > most || choices.lenses.length === 0 || choices.sites.length === 0;

  async function attempt(work: () => Promise<void>) {
    setBusy(true);
    setTrouble(null);
    try {
      await work();
    } catch (error) {
      setTrouble(troubleOf(error));
    }
    setBusy(false);
  }
  const send = () =>
    attempt(async () => {
      if ("fault" in prompts) return;
      const { type, body } = jobBody(prompts, choices, model?.limits.body_bytes ?? 0);
      const answer = await service.ask("jobs", { method: "POST", headers: { "content-type": type }, body });
      made(await answer.json() as Job);
    });
  const judge = () =>
    attempt(async () => {
      if ("fault" in prompts) return;
      const body = JSON.stringify({ ...choices, ...prompts.requests[0]! });
      const headers = { "content-type": "application/json" };
      const answer = await service.ask("probe/estimate", { method: "POST", headers, body });
      setEstimate(estimateText(await answer.json() as Estimate, count));
    });
  return (
    <form
      class="card"
      aria-label="New job"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <PromptFields draft={draft} fill={fillDraft} faultOf={ofPlace} takeFiles={takeFiles} />
      <p role="status" class="hint">{"fault" in prompts ? "" : prompts.said}</p>
      {count > most && <p class="trouble">A job has at most {most} prompts: make several of these {count}.</p>}
      {!("fault" in prompts) && count > 0 && (
        <ol class="preview" start={0} aria-label="The first prompts">
          {prompts.requests.slice(0, SHOWN).map(({ prompt }, at) => (
            <li key={at}>
              <code>{typeof prompt === "string" ? prompt : JSON.stringify(prompt)}</code>
            </li>
          ))}
        </ol>
      )}
      <JobChoicesFields
        choices={choices}
        lenses={lenses}
        statistics={model?.statistics ?? []}
        faultOf={faultOf}
        choose={({ lenses, ...others }) =>
          fillDraft({ ...lenses === undefined ? {} : { lenses }, choices: { ...draft.choices, ...others } })}
      />
      <p role="status" class="hint">{estimate}</p>
      <TroubleText trouble={trouble} />
      <p class="actions">
        <button type="submit" class="run" disabled={busy || cannot}>Make the job</button>
        <button type="button" disabled={busy || cannot} onClick={() => void judge()}>Estimate</button>
      </p>
    </form>
  );
}

/** Faults of an NDJSON body are of lines. */
function lineFault(trouble: Trouble | null): string | undefined {
  return trouble?.problem?.errors?.find(({ line }) => line !== undefined)?.detail;
}

function estimateText({ prompt_tokens, rows, response_bytes, estimated_ms }: Estimate, count: number): string {
  const all = count === 1
    ? ""
    : ` ${count} such prompts: about ${secondsText(estimated_ms * count / 1000)}, ${byteText(response_bytes * count)}.`;
  return `The first prompt: ${prompt_tokens} tokens, ${rows} cells, about ${secondsText(estimated_ms / 1000)} of ` +
    `computing, ${byteText(response_bytes)} of results.${all}`;
}
