import { useState } from "preact/hooks";
import { TroubleText } from "../../form/trouble_text.tsx";
import type { Service } from "../../state/service.ts";
import type { Job } from "./job.ts";
import { useResults } from "./use_results.ts";

interface Props {
  readonly service: Service;
  readonly job: Job;
  readonly open: (prompt: number) => void;
}

/** Prompts shown at once; more by a button. */
const PAGE = 50;

/** The prompts of a job that are done: each opens its picture; of a refused one it is said why. */
export function ResultList({ service, job, open }: Props) {
  const [wanted, setWanted] = useState(PAGE);
  const { entries, trouble } = useResults(service, job.id, job, wanted);
  return (
    <>
      <h3>Results</h3>
      {job.done === 0 && <p class="hint">No prompt is done yet.</p>}
      {trouble !== null && <TroubleText trouble={trouble} />}
      <ol class="results" start={0}>
        {entries.slice(0, wanted).map(({ index, title, problem }) => (
          <li key={index} value={index}>
            {problem === null
              ? <button type="button" onClick={() => open(index)}>{title}</button>
              : <span class="trouble">{problem.title}: {problem.detail}</span>}
          </li>
        ))}
      </ol>
      {wanted < job.done && entries.length >= wanted && (
        <p>
          <button type="button" onClick={() => setWanted(wanted + PAGE)}>
            More: {wanted} of {job.done} are shown
          </button>
        </p>
      )}
    </>
  );
}
