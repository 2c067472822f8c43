import { useMemo } from "preact/hooks";
import { TroubleText } from "../../form/trouble_text.tsx";
import { Found } from "../../formats/found.ts";
import { pictureOf } from "../../formats/picture_of.ts";
import { readItems } from "../../formats/read_probe_json.ts";
import { Room } from "../../formats/room.ts";
import { PictureDocument } from "../../opened/picture_document.tsx";
import type { Picture } from "../../state/picture.ts";
import { COMPONENTS, type Question } from "../../state/question.ts";
import type { PageParts } from "../page.ts";
import { useStrayFiles } from "../use_stray_files.ts";
import type { ResultItem } from "./job_results.ts";
import { useJob } from "./use_job.ts";
import { useResultItem, useResults } from "./use_results.ts";

interface Props extends Pick<PageParts, "service" | "question" | "model"> {
  readonly id: string;
  /** Which prompt is shown, from 0. */
  readonly at: number;
  readonly open: (prompt: number) => void;
  /** Back to the job. */
  readonly back: () => void;
}

/** One prompt of a job as the views show it, and the way to the others. */
export function ResultPage({ service, question, model, id, at, open, back }: Props) {
  useStrayFiles();
  const followed = useJob(service, id);
  const { job } = followed;
  const { results, entries, trouble } = useResults(service, id, job, at + 1);
  const entry = entries[at];
  const { item, trouble: ofItem } = useResultItem(results, entry);
  const shown = item !== null && item.index === at ? item : null;
  const problem = shown !== null && "problem" in shown ? shown.problem : null;
  const picture = useMemo(() => shown === null ? null : pictureOfItem(shown), [shown]);
  const told = followed.trouble ?? trouble ?? ofItem;
  const done = job?.done ?? 0;
  const isBeyond = job !== null && at >= done;

  const bar = (
    <nav class="result-bar" aria-label="Prompts of the job">
      <button type="button" onClick={back}>Back to the job</button>
      <button type="button" disabled={at === 0} onClick={() => open(at - 1)}>Previous</button>
      <button type="button" disabled={at + 1 >= done} onClick={() => open(at + 1)}>Next</button>
      <p role="status">Prompt {at}{done === 0 ? "" : ` of 0 to ${done - 1}`}</p>
    </nav>
  );
  if (picture !== null) {
    return (
      <>
        {bar}
        <PictureDocument
          picture={picture}
          start={startOf(question, picture)}
          statistics={model?.statistics ?? []}
          model={model}
        />
      </>
    );
  }
  return (
    <>
      {bar}
      <main class="page">
        {told !== null && <TroubleText trouble={told} again={followed.again} />}
        {problem !== null && <p class="trouble">{problem.title}: {problem.detail}</p>}
        {isBeyond && <p class="hint">This prompt is not done yet: {done} of {job.total} are.</p>}
      </main>
    </>
  );
}

/** Null: the prompt was refused. */
function pictureOfItem(item: ResultItem): Picture | null {
  const { prompts: [prompt] } = readItems([new Found(item, "the result")], new Room());
  return prompt === undefined ? null : pictureOf(prompt);
}

/** What was read at the last position alone is looked at there. */
function startOf(question: Question, picture: Picture): Question {
  const last = picture.tokens.length - 1;
  let isLast = true, isComponent = false;
  for (const { position, site } of picture.cells()) {
    isLast &&= position === last;
    isComponent ||= (COMPONENTS as readonly string[]).includes(site);
  }
  return isLast && isComponent ? { ...question, view: "last" } : question;
}
