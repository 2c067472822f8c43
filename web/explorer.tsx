import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { colouringsOf } from "./colouring.ts";
import { faultsByMember } from "./faults.ts";
import { FollowView } from "./follow_view.tsx";
import { GridView } from "./grid_view.tsx";
import { KeyField } from "./key_field.tsx";
import { LastPositionView } from "./last_position_view.tsx";
import { ProbeRun } from "./probe_run.ts";
import { fragmentOf, probeOptions, type Question, questionOf } from "./question.ts";
import { QuestionForm } from "./question_form.tsx";
import { RunStatus } from "./run_status.tsx";
import type { Service } from "./service.ts";
import { useServed } from "./use_served.tsx";
import { ViewTabs } from "./view_tabs.tsx";

interface Props {
  readonly service: Service;
  readonly hasKey: boolean;
  /** Uses another key, or none. */
  readonly keep: (secret: string | null) => void;
}

/** The page: a question, and the picture that answers it. */
export function Explorer({ service, hasKey, keep }: Props) {
  const run = useProbeRun(service);
  const { model, lenses } = useServed(service, run.phase.kind === "waiting");
  const [question, setQuestion] = useState(() => questionOf(location.hash));

  const ask = () => void run.ask(question.prompt, probeOptions(question));
  const probe = JSON.stringify([question.prompt, probeOptions(question)]);
  useEffect(ask, [probe]);
  useEffect(() => () => run.stop(), [run]);
  useEffect(() => {
    const restore = () => setQuestion(questionOf(location.hash));
    addEventListener("popstate", restore);
    return () => removeEventListener("popstate", restore);
  }, []);

  /** A step of the history for every question; a cell or a colour only changes the link. */
  function change(changed: Partial<Question>) {
    const next = { ...question, ...changed };
    const isNewProbe = JSON.stringify([next.prompt, probeOptions(next)]) !== probe;
    if (isNewProbe) history.pushState(null, "", fragmentOf(next));
    else history.replaceState(null, "", fragmentOf(next));
    setQuestion(next);
    if (!isNewProbe && "prompt" in changed) ask();
  }

  const { picture, phase } = run;
  const colourings = useMemo(() => colouringsOf(model?.statistics ?? []), [model]);
  const shown = { picture, question, change };

  return (
    <>
      <header class="top">
        <h1>Midstream</h1>
        <p>{model === null ? "" : `${model.id} · ${model.precision} · ${model.layers} layers`}</p>
        <a href="docs">API</a>
      </header>
      <QuestionForm
        question={question}
        colourings={colourings}
        lenses={lenses}
        faults={faultsByMember(phase.kind === "refused" ? phase.problem : null)}
        busy={run.busy}
        change={change}
        stop={() => run.stop()}
      />
      <ViewTabs view={question.view} change={change} />
      <RunStatus run={run} />
      {(hasKey || phase.kind === "refused" && phase.problem.status === 401) && <KeyField hasKey={hasKey} keep={keep} />}
      <main class={phase.kind === "asking" || phase.kind === "waiting" ? "stale" : undefined}>
        {question.view === "grid" && (
          <GridView {...shown} colourings={colourings} statistics={model?.statistics ?? []} />
        )}
        {question.view === "last" && <LastPositionView {...shown} />}
        {question.view === "follow" && <FollowView {...shown} />}
      </main>
    </>
  );
}

/** A run whose changes are shown with the next frame of the screen, however many there are. */
function useProbeRun(service: Service): ProbeRun {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const waits = useRef(false);
  return useState(() =>
    new ProbeRun(service, () => {
      if (waits.current) return;
      waits.current = true;
      requestAnimationFrame(() => {
        waits.current = false;
        redraw(undefined);
      });
    })
  )[0];
}
