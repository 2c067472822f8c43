import { AGREEMENT } from "./agreement_view.tsx";
import { ANSWER } from "./answer/answer_view.tsx";
import { COMPARE } from "./compare/compare_view.tsx";
import { FOLLOW } from "./follow/follow_view.tsx";
import { GRID } from "./grid_view.tsx";
import { LAST_POSITION } from "./last_position/last_position_view.tsx";
import type { View } from "./view.ts";

/** The ways to look at a prompt, in the order of their tabs. */
export const VIEWS: readonly View[] = [GRID, COMPARE, FOLLOW, LAST_POSITION, ANSWER, AGREEMENT];

/** A view by its name in a link; the first one for a name that there is not. */
export function viewOf(name: string): View {
  return VIEWS.find((view) => view.name === name) ?? VIEWS[0]!;
}
