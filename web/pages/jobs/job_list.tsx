import type { Job } from "./job.ts";
import { stateText } from "./job_words.ts";

interface Props {
  readonly jobs: readonly Job[];
  readonly chosen: string | null;
  readonly choose: (id: string) => void;
}

/** The jobs there are, newest first. */
export function JobList({ jobs, chosen, choose }: Props) {
  return (
    <ul class="jobs">
      {jobs.map((job) => (
        <li key={job.id} data-job={job.id} data-state={job.state}>
          <button
            type="button"
            {...job.id === chosen ? { "aria-current": "true" } : {}}
            onClick={() => choose(job.id)}
          >
            <span class="job-line">
              <code>{job.id.slice(0, 12)}</code>
              <time datetime={job.created_at}>{new Date(job.created_at).toLocaleString()}</time>
              {job.owner !== null && <span>{job.owner}{job.shared ? ", shared" : ""}</span>}
            </span>
            <span>{stateText(job)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
