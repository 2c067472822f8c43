import type { FunctionComponent } from "preact";
import type { LensInfo } from "../../clients/typescript/midstream.ts";
import type { Question } from "../state/question.ts";
import type { ModelInfo, Service } from "../state/service.ts";
import type { JobDraft } from "./jobs/job_draft.ts";
import type { Incoming } from "./lenses/incoming.ts";

/** What a page is given. */
export interface PageParts {
  readonly service: Service;
  readonly question: Question;
  readonly change: (changed: Partial<Question>) => void;
  readonly model: ModelInfo | null;
  readonly lenses: readonly LensInfo[];
  /** Asks the service again what it has: for whoever changed it. */
  readonly refresh: () => void;
  /** Lenses on their way to the service, whatever page is shown. */
  readonly incoming: Incoming;
  /** The job that is being made up, whatever page is shown. */
  readonly draft: JobDraft;
  readonly fillDraft: (changed: Partial<JobDraft>) => void;
}

/** Something to do beside looking at prompts. pages.ts lists them. */
export interface Page {
  /** In links. */
  readonly name: string;
  readonly title: string;
  readonly Show: FunctionComponent<PageParts>;
}
