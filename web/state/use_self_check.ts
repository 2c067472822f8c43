import { useState } from "preact/hooks";
import { ProblemError } from "../../clients/typescript/midstream.ts";
import type { SelfCheckInfo } from "./self_check_info.ts";
import type { Service } from "./service.ts";

/** What is known of the service's numbers. */
export interface SelfCheck {
  /** Null until it was asked for: it takes a turn of the engine. */
  readonly result: SelfCheckInfo | null;
  readonly busy: boolean;
  /** Why there is none. */
  readonly refusal: string | null;
  readonly run: () => void;
}

/** The self-check of a service, made when somebody asks for it. */
export function useSelfCheck(service: Pick<Service, "selfCheck">): SelfCheck {
  const [state, setState] = useState<Omit<SelfCheck, "run">>({ result: null, busy: false, refusal: null });
  async function run() {
    setState({ result: null, busy: true, refusal: null });
    try {
      setState({ result: await service.selfCheck(), busy: false, refusal: null });
    } catch (error) {
      const refusal = error instanceof ProblemError ? error.problem.detail : "The service is not reached.";
      setState({ result: null, busy: false, refusal });
    }
  }
  return { ...state, run: () => void run() };
}
