import type { Site } from "../../lens/sites.ts";

/**
 * A distinct state of the residual stream. `resid_pre` of block l > 0 is `resid_post` of block l − 1, so only block 0 has a
 * `resid_pre` of its own: equal rows get one name and are computed, copied and decoded once.
 */
export type StateName = `${Site}.${number}`;

export function stateName(site: Site, layer: number): StateName {
  return site === "resid_pre" && layer > 0 ? `resid_post.${layer - 1}` : `${site}.${layer}`;
}

/** Block whose stage computes the state. */
export function blockOf(state: StateName): number {
  return Number(state.slice(state.indexOf(".") + 1));
}
