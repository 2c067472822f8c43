import { JOBS } from "./jobs_page.tsx";
import { LENSES } from "./lenses_page.tsx";
import type { Page } from "./page.ts";

export { EXPLORE } from "./explore.ts";

/** The pages beside the one for prompts, in the order of the menu. */
export const PAGES: readonly Page[] = [LENSES, JOBS];
