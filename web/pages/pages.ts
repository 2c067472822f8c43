import type { Page } from "./page.ts";

/** The pages beside the one for prompts, in the order of the menu. */
export const PAGES: readonly Page[] = [];

/** Where prompts are looked at. */
export const EXPLORE = { name: "explore", title: "Explore" } as const;
