/** Where prompts are looked at. */
export const EXPLORE = { name: "explore", title: "Explore" } as const;
