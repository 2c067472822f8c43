import type { Problem } from "../../clients/typescript/midstream.ts";

/** Controls of the form, by the member of the request that they give; an element of a list may have its own. */
const CONTROLS = {
  prompt: "prompt",
  lenses: "lens",
  "lenses/1": "against",
  against: "against",
  sites: "site",
  statistics: "colour",
} as const;

export type Control = typeof CONTROLS[keyof typeof CONTROLS];
export type Faults = { readonly [control in Control]?: string };

/** What a refusal says of each control of the form. */
export function faultsByMember(problem: Problem | null): Faults {
  const details = new Map<Control, Set<string>>();
  for (const { pointer = "", detail } of problem?.errors ?? []) {
    const [, member = "", at = ""] = pointer.split("/");
    const name = [`${member}/${at}`, member].find((name) => Object.hasOwn(CONTROLS, name));
    if (name === undefined) continue;
    const control = CONTROLS[name as keyof typeof CONTROLS];
    // A lens that two members name is missing twice, and said once.
    details.set(control, (details.get(control) ?? new Set()).add(detail));
  }
  return Object.fromEntries([...details].map(([control, said]) => [control, [...said].join("; ")]));
}
