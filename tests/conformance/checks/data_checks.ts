import unsayable from "../unsayable.json" with { type: "json" };
import type { Answer } from "../client.ts";
import { problemsOf, refusalOf } from "./answer_checks.ts";
import type { AnswerCheck, Checked } from "./check.ts";

/** Refusals of a right request that depend on what there is, not on what it says. */
const OF_THE_STATE = [404, 409, 412, 416, 424];

/** A request that is right by the document is answered, or refused for what no static schema can say. */
export const positiveDataAcceptance: AnswerCheck = ({ answer }) => {
  const problem = refusalOf(answer);
  const status = Number(problem?.status ?? answer.status);
  if (status < 400 || OF_THE_STATE.includes(status)) return undefined;
  if (status === 422 && unsayable.problem_types.includes(String(problem?.type))) return undefined;
  return `a request that is right by the document is refused with ${status}: ${JSON.stringify(problem)}`;
};

/** Whether a right request was answered as it asks: not refused, and not told that nothing changed. */
export function isAccepted({ answer }: Pick<Checked, "answer">): boolean {
  return answer.status >= 200 && answer.status < 300 && refusalOf(answer) === undefined;
}

/**
 * A request with one thing wrong is refused, with a status that says what kind of thing it is. Where an answer has items,
 * the items that the wrong thing belongs to are.
 * @param later what is told of it afterwards, where it is only accepted
 */
export function negativeDataRejection(statuses: readonly number[], later: readonly Answer[] = []): AnswerCheck {
  return ({ answer }) =>
    [answer.status, ...[answer, ...later].flatMap(problemsOf).map(({ status }) => Number(status))].some((it) =>
        statuses.includes(it)
      )
      ? undefined
      : `a request that is wrong is answered with ${answer.status}, not ${statuses.join(" or ")}`;
}
