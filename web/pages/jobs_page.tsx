import { useRef, useState } from "preact/hooks";
import { DropArea } from "./drop_area.tsx";
import { TroubleText } from "../form/trouble_text.tsx";
import { JobDetail } from "./jobs/job_detail.tsx";
import { JobList } from "./jobs/job_list.tsx";
import { NewJob } from "./jobs/new_job.tsx";
import { PromptsFault } from "./jobs/read_prompts.ts";
import { readTextFile } from "./jobs/read_text_file.ts";
import { ResultPage } from "./jobs/result_page.tsx";
import { useJob } from "./jobs/use_job.ts";
import { useJobs } from "./jobs/use_jobs.ts";
import { secondsUntilAgain } from "../state/trouble.ts";
import type { Page, PageParts } from "./page.ts";

export const JOBS: Page = { name: "jobs", title: "Jobs", Show: JobsPage };

/** Many prompts, worked off in the background; or one prompt of a job, where the link names one. */
function JobsPage(parts: PageParts) {
  const { question: { job }, change } = parts;
  if (job === null || job.prompt === null) return <JobsOverview {...parts} />;
  return (
    <ResultPage
      {...parts}
      id={job.id}
      at={job.prompt}
      open={(prompt) => change({ job: { id: job.id, prompt } })}
      back={() => change({ job: { id: job.id, prompt: null } })}
    />
  );
}

function JobsOverview(parts: PageParts) {
  const { service, question, change, draft, fillDraft } = parts;
  const { jobs, known, trouble, refresh, more } = useJobs(service);
  const title = useRef<HTMLHeadingElement>(null);
  const [fileFault, setFileFault] = useState("");
  const wasChosen = useRef(false);
  function choose(id: string) {
    wasChosen.current = true;
    change({ job: { id, prompt: null } });
  }
  const chosen = question.job?.id ?? null;
  const followed = useJob(service, chosen);
  /** What is told of the chosen job is newer than the list. */
  const shown = jobs.map((job) => job.id === followed.job?.id ? followed.job : job);
  /** Values where a template is filled, otherwise prompts. */
  async function takeFile(file: File) {
    try {
      setFileFault("");
      fillDraft({ [draft.from === "prompts" ? "text" : "values"]: await readTextFile(file) });
    } catch (error) {
      if (!(error instanceof PromptsFault)) throw error;
      setFileFault(error.message);
    }
  }
  const takeFiles = ([file]: readonly File[]) => file !== undefined && void takeFile(file);

  return (
    <DropArea class="page jobs-page" take={takeFiles}>
      <div class="column">
        <section aria-label="Make a job">
          <h2>New job</h2>
          {fileFault !== "" && <p class="trouble" role="alert">{fileFault}</p>}
          <NewJob
            {...parts}
            lens={question.lens}
            takeFiles={takeFiles}
            made={({ id }) => {
              choose(id);
              refresh();
            }}
          />
        </section>
      </div>
      <div class="column">
        {chosen !== null && (
          <JobDetail
            key={chosen}
            service={service}
            id={chosen}
            followed={followed}
            takesFocus={wasChosen.current}
            open={(prompt) => change({ job: { id: chosen, prompt } })}
            changed={(isGone) => {
              refresh();
              if (!isGone) return;
              change({ job: null });
              title.current!.focus();
            }}
          />
        )}
        <section aria-label="Jobs of this service">
          <h2 ref={title} tabIndex={-1}>Jobs</h2>
          {trouble !== null && <TroubleText trouble={trouble} again={secondsUntilAgain(trouble)} />}
          {known && jobs.length === 0 && <p class="hint">No job yet.</p>}
          <JobList jobs={shown} chosen={chosen} choose={choose} />
          {more !== null && (
            <p>
              <button type="button" onClick={() => void more()}>Older jobs</button>
            </p>
          )}
        </section>
      </div>
    </DropArea>
  );
}
