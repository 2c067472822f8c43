import { useEffect, useRef, useState } from "preact/hooks";
import { Switch } from "../../form/field.tsx";
import { TroubleText } from "../../form/trouble_text.tsx";
import type { Service } from "../../state/service.ts";
import { type Trouble, troubleOf } from "../../state/trouble.ts";
import { ConfirmButton } from "../confirm_button.tsx";
import { Download } from "../download.tsx";
import { isFinal, type Job, jobPath } from "./job.ts";
import { stateText } from "./job_words.ts";
import { ResultList } from "./result_list.tsx";
import type { FollowedJob } from "./use_job.ts";

interface Props {
  readonly service: Service;
  readonly id: string;
  readonly followed: FollowedJob;
  /** It was just chosen, so it is gone on with there. */
  readonly takesFocus: boolean;
  readonly open: (prompt: number) => void;
  /** Called when it was changed, or is gone. */
  readonly changed: (isGone: boolean) => void;
}

/** Ends of the file's name, as the service has them. */
const FORMS = [
  { format: "ndjson", label: "Download NDJSON", ending: ".jsonl", mayRefuse: false },
  { format: "csv", label: "CSV", ending: ".csv", mayRefuse: false },
  { format: "seed", label: "The seed's CSV", ending: "_res.csv", mayRefuse: true },
] as const;

/** A job: how far it is, what can be done with it, and its results. */
export function JobDetail({ service, id, followed, takesFocus, open, changed }: Props) {
  const { job, trouble, again, refresh } = followed;
  const [refused, setRefused] = useState<Trouble | null>(null);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (takesFocus) title.current!.focus();
  }, []);
  async function attempt(work: () => Promise<Response>) {
    setRefused(null);
    try {
      const { status } = await work();
      changed(status === 204);
      if (status !== 204) refresh();
    } catch (error) {
      setRefused(troubleOf(error));
    }
  }
  const remove = () => attempt(() => service.ask(jobPath(id), { method: "DELETE" }));
  const set = (changed: Partial<Pick<Job, "paused" | "shared">>) =>
    attempt(() =>
      service.ask(jobPath(id), {
        method: "PATCH",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(changed),
      })
    );

  return (
    <section class="card" aria-label="The job" data-state={job?.state}>
      <h2 ref={title} tabIndex={-1}>
        Job <code>{id}</code>
      </h2>
      <p role="status">{job === null ? "" : stateText(job)}</p>
      {job !== null && (
        <p class="progress">
          <progress aria-label="Prompts done" max={Math.max(1, job.total)} value={job.done} />
          <span>{job.done} of {job.total}</span>
        </p>
      )}
      {trouble !== null && <TroubleText trouble={trouble} again={again} />}
      {job !== null && (
        <>
          <p class="actions">
            {isFinal(job)
              ? (
                <ConfirmButton
                  label="Delete"
                  question="Delete the job and its results for good?"
                  confirm={() => void remove()}
                />
              )
              : (
                <>
                  <button type="button" onClick={() => void remove()}>Cancel</button>
                  <button type="button" onClick={() => void set({ paused: !job.paused })}>
                    {job.paused ? "Go on" : "Pause"}
                  </button>
                </>
              )}
            {FORMS.map(({ format, label, ending, mayRefuse }) => (
              <Download
                key={format}
                service={service}
                path={`${jobPath(id)}/result?format=${format}`}
                name={`${id}${ending}`}
                label={label}
                mayRefuse={mayRefuse}
              />
            ))}
            {service.hasKey && <Switch label="others see it" on={job.shared} turn={(shared) => void set({ shared })} />}
          </p>
          {refused !== null && <TroubleText trouble={refused} />}
          <ResultList service={service} job={job} open={open} />
        </>
      )}
    </section>
  );
}
