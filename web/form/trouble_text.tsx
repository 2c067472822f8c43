import { Countdown } from "./countdown.tsx";
import type { Trouble } from "../state/trouble.ts";

interface Props {
  readonly trouble: Trouble | null;
  /** It is asked again by itself after that; null: it is not. */
  readonly again?: number | null;
}

/** What was refused and why, read aloud when it appears. */
export function TroubleText({ trouble, again = null }: Props) {
  return (
    <p class="trouble" role="alert">
      {trouble !== null && troubleWords(trouble)}
      {again !== null && (
        <>
          {" It is asked again in "}
          <Countdown seconds={again} />.
        </>
      )}
      {again === null && trouble !== null && trouble.seconds !== null && (
        <>
          {" The service says to wait "}
          <Countdown seconds={trouble.seconds} />.
        </>
      )}
    </p>
  );
}

/** What to do about it, where the service's own words leave that to whoever runs it. */
const ADVICE: Readonly<Record<string, string>> = {
  "urn:midstream:problem:role-too-low":
    "Uploads, imports and deletions need a key of the role upload: whoever runs the service makes one.",
  "urn:midstream:problem:key-missing": "Put a key of this service into the field above.",
  "urn:midstream:problem:key-unknown": "Put a key of this service into the field above.",
};

function troubleWords({ problem }: Trouble): string {
  if (problem === null) return "The service is not reached, or the connection broke.";
  const advice = ADVICE[problem.type];
  return [`${problem.title}: ${sentence(problem.detail)}`, ...advice === undefined ? [] : [advice]].join(" ");
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
