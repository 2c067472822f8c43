import type { Problem } from "../../clients/typescript/midstream.ts";

/** Controls of the form, by the member of the request that they give. */
const CONTROLS = { prompt: "prompt", lenses: "lens", against: "against", sites: "site", statistics: "colour" } as const;

export type Control = typeof CONTROLS[keyof typeof CONTROLS];
export type Faults = { readonly [control in Control]?: string };

/** What a refusal says of each control of the form. */
export function faultsByMember(problem: Problem | null): Faults {
  const faults: { [control in Control]?: string } = {};
  for (const { pointer = "", detail } of problem?.errors ?? []) {
    const member = pointer.split("/")[1] ?? "";
    const control = Object.hasOwn(CONTROLS, member) ? CONTROLS[member as keyof typeof CONTROLS] : undefined;
    if (control !== undefined) faults[control] = faults[control] ? `${faults[control]}; ${detail}` : detail;
  }
  return faults;
}
