import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { LensInfo } from "../clients/typescript/midstream.ts";
import { colouringsOf } from "./colours/colouring.ts";
import { differencesOf } from "./colours/difference.ts";
import { ExportMenu } from "./export/export_menu.tsx";
import { EmptyPicture } from "./form/empty_picture.tsx";
import { faultsByMember } from "./form/faults.ts";
import { KeyField } from "./form/key_field.tsx";
import { QuestionForm } from "./form/question_form.tsx";
import { RunStatus } from "./form/run_status.tsx";
import { SelfCheckBadge } from "./form/self_check_badge.tsx";
import { TopBar } from "./form/top_bar.tsx";
import { ViewTabs } from "./form/view_tabs.tsx";
import { OpenButton } from "./opened/open_button.tsx";
import { OpenedPicture } from "./opened/opened_picture.tsx";
import { useOpened } from "./opened/use_opened.ts";
import { FIRST_DRAFT, type JobDraft } from "./pages/jobs/job_draft.ts";
import { Incoming } from "./pages/lenses/incoming.ts";
import { PAGES } from "./pages/pages.ts";
import { fragmentOf, promptOf, type Question, questionOf, SITES } from "./state/question.ts";
import type { Service, StatisticInfo } from "./state/service.ts";
import { useProbeRun } from "./state/use_probe_run.ts";
import { useSelfCheck } from "./state/use_self_check.ts";
import { useServed } from "./state/use_served.tsx";
import type { Shown } from "./views/view.ts";
import { viewOf } from "./views/views.ts";

/** The same list every time, as long as the service has not said them. */
const NO_STATISTICS: readonly StatisticInfo[] = [];

interface Props {
  readonly service: Service;
  readonly hasKey: boolean;
  /** Uses another key, or none. */
  readonly keep: (secret: string | null) => void;
}

/** The page: a question, and the picture that answers it. */
export function Explorer({ service, hasKey, keep }: Props) {
  const run = useProbeRun(service);
  const served = useServed(service, run.phase.kind === "waiting");
  const { model, lenses, refresh } = served;
  const selfCheck = useSelfCheck(service);
  const opened = useOpened();
  const [question, setQuestion] = useState(() => questionOf(location.hash));

  const probe = probeOf(question, lenses);
  const page = PAGES.find(({ name }) => name === question.page);
  const asked = useRef("");
  function ask() {
    asked.current = probe;
    void run.ask(promptOf(question), viewOf(question.view).probe(question, lenses));
  }
  useEffect(() => {
    if (page === undefined && asked.current !== probe) ask();
  }, [probe, page]);
  const [incoming] = useState(() => new Incoming(service, refresh));
  const [draft, setDraft] = useState(FIRST_DRAFT);
  useEffect(() => () => {
    run.stop();
    incoming.stop();
  }, [run, incoming]);
  useEffect(() => {
    const restore = () => setQuestion(questionOf(location.hash));
    addEventListener("popstate", restore);
    return () => removeEventListener("popstate", restore);
  }, []);

  /** A step of the history for every question, page and job; a cell or a colour only changes the link. */
  function change(changed: Partial<Question>) {
    const next = { ...question, ...changed };
    const isNewProbe = probeOf(next, lenses) !== probe;
    const isStep = isNewProbe || next.page !== question.page || next.job !== question.job;
    if (isStep) history.pushState(null, "", fragmentOf(next));
    else history.replaceState(null, "", fragmentOf(next));
    setQuestion(next);
    if (!isNewProbe && "prompt" in changed) ask();
  }

  const { picture, phase } = run;
  const statistics = model?.statistics ?? NO_STATISTICS;
  const colourings = useMemo(() => colouringsOf(statistics), [statistics]);
  const differences = useMemo(() => differencesOf(statistics), [statistics]);
  const refused = phase.kind === "refused" ? phase.problem : null;
  const view = viewOf(question.view);
  const top = (
    <TopBar model={model} page={question.page} change={change}>
      {model !== null && <SelfCheckBadge check={selfCheck} />}
    </TopBar>
  );
  const needsKey = refused?.status === 401 || served.refused?.status === 401;
  const key = (hasKey || needsKey) && <KeyField hasKey={hasKey} keep={keep} />;
  if (page !== undefined) {
    const fillDraft = (changed: Partial<JobDraft>) => setDraft((draft) => ({ ...draft, ...changed }));
    const parts = { service, question, change, model, lenses, refresh, incoming, draft, fillDraft };
    return (
      <>
        {top}
        {key}
        <page.Show {...parts} />
      </>
    );
  }

  const { file } = opened;
  if (file !== null) {
    return (
      <>
        {top}
        <OpenedPicture key={opened.count} file={file} opened={opened} start={question} statistics={statistics} />
      </>
    );
  }

  const shown: Shown = { picture, question, change, colourings, statistics, model, lenses, service, selfCheck };
  return (
    <>
      {top}
      <QuestionForm
        question={question}
        colourings={colourings}
        differences={differences}
        lenses={lenses}
        sites={SITES}
        model={model}
        faults={faultsByMember(refused)}
        busy={run.busy}
        change={change}
        stop={() => run.stop()}
      />
      <div class="tools">
        <ViewTabs view={view.name} change={change} />
        <section class="buttons" aria-label="Files">
          <OpenButton opened={opened} />
          <ExportMenu view={view} shown={shown} isLive isBusy={run.busy} />
        </section>
      </div>
      <RunStatus run={run} />
      {key}
      <main
        class={!picture.begun ? "empty" : phase.kind === "asking" || phase.kind === "waiting" ? "stale" : undefined}
      >
        {!picture.begun && <EmptyPicture phase={phase} />}
        <view.Show {...shown} />
      </main>
    </>
  );
}

/** Questions of the same probe are the same text. */
function probeOf(question: Question, lenses: readonly LensInfo[]): string {
  return JSON.stringify([promptOf(question), viewOf(question.view).probe(question, lenses)]);
}
