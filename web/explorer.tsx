import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { CellDetail } from "./cell_detail.tsx";
import { ColourScale } from "./colour_scale.ts";
import { type Colouring, colouringsOf } from "./colouring.ts";
import { faultsByMember } from "./faults.ts";
import { Grid } from "./grid.tsx";
import { Legend } from "./legend.tsx";
import type { Picture } from "./picture.ts";
import { ProbeRun } from "./probe_run.ts";
import { fragmentOf, type Place, probeOptions, type Question, questionOf } from "./question.ts";
import { QuestionForm } from "./question_form.tsx";
import { RunStatus } from "./run_status.tsx";
import type { Service } from "./service.ts";
import { useServed } from "./use_served.tsx";

/** The page: a question, the picture that answers it, and the cell that is looked at. */
export function Explorer({ service }: { service: Service }) {
  const run = useProbeRun(service);
  const { model, lenses } = useServed(service, run.phase.kind === "waiting");
  const [question, setQuestion] = useState(() => questionOf(location.hash));
  const [hovered, setHovered] = useState<Place | null>(null);

  const ask = () => void run.ask(question.prompt, probeOptions(question));
  const probe = JSON.stringify([question.prompt, probeOptions(question)]);
  useEffect(ask, [probe]);
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
  const colouring = colourings.find(({ name }) => name === question.colour) ?? colourings[0]!;
  const scale = useMemo(
    () => new ColourScale(numbersOf(picture, colouring.read), colouring.unit, question.log),
    [picture, picture.rows, colouring, question.log],
  );
  const shown = hovered ?? question.cell;

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
      <RunStatus run={run} />
      <main class={phase.kind === "asking" || phase.kind === "waiting" ? "stale" : undefined}>
        <section class="picture" aria-label="Positions by layers">
          <Legend scale={scale} colouring={colouring} marked={shown && numberAt(picture, shown, colouring.read)} />
          <Grid
            picture={picture}
            colouring={colouring}
            scale={scale}
            active={question.cell}
            activate={(cell) => change({ cell })}
            hover={setHovered}
          />
        </section>
        <CellDetail picture={picture} place={shown} statistics={model?.statistics ?? []} question={question} />
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

type Read = Colouring["read"];

function* numbersOf(picture: Picture, read: Read): Generator<number> {
  for (const cell of picture.cells()) {
    const value = read(cell);
    if (value !== null) yield value;
  }
}

function numberAt(picture: Picture, place: Place, read: Read): number | null {
  const cell = picture.cell(place);
  return cell === undefined ? null : read(cell);
}
