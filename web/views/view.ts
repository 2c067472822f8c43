import type { FunctionComponent } from "preact";
import type { LensInfo, ProbeOptions, Statistic } from "../../clients/typescript/midstream.ts";
import type { Colouring } from "../colours/colouring.ts";
import type { Picture } from "../state/picture.ts";
import type { Question } from "../state/question.ts";
import type { ModelInfo, Service, StatisticInfo } from "../state/service.ts";
import type { SelfCheck } from "../state/use_self_check.ts";

/** Choices of the form that a view can ask for. */
export type ControlName = "chat" | "lens" | "against" | "site" | "beside" | "colour" | "difference" | "zoom" | "stride";

/** What a view is given. It shows the picture, and changes nothing but the question. */
export interface Shown {
  readonly picture: Picture;
  readonly question: Question;
  /** A change of the probe asks the service again; any other changes the link alone. */
  readonly change: (changed: Partial<Question>) => void;
  readonly colourings: readonly Colouring[];
  /** What the statistics of cells mean, in the order in which they are said. */
  readonly statistics: readonly StatisticInfo[];
  /** Null before the service has said it, and where a file is shown without a service. */
  readonly model: ModelInfo | null;
  readonly lenses: readonly LensInfo[];
  /** Null where a file is shown without a service. */
  readonly service: Service | null;
  readonly selfCheck: SelfCheck | null;
}

/** A way to look at a prompt: what it asks of the service, and how it shows the answer. views.ts lists them. */
export interface View {
  /** In links. */
  readonly name: string;
  readonly title: string;
  /** Choices of the form that it follows; some follow others only at times. */
  readonly controls: readonly ControlName[] | ((question: Question) => readonly ControlName[]);
  /** @param lenses of the service; none before it has said them */
  readonly probe: (question: Question, lenses: readonly LensInfo[]) => ProbeOptions;
  /** Statistics without which it has nothing to show: a file may lack them. */
  readonly needs?: readonly Statistic[];
  /** It shows whatever sites there are: another tool's places as well as those that it asks the service for. */
  readonly anySite?: true;
  readonly Show: FunctionComponent<Shown>;
}
