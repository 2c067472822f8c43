import { z } from "@hono/zod-openapi";
import { LENS_KINDS } from "../../lens/lens.ts";
import { LENS_ID } from "../../lens/library/types.ts";
import { SITE_MEANING, SITES } from "../../lens/sites.ts";
import { STATISTICS } from "../../lens/statistics.ts";
import { REPORTED_PRECISIONS } from "../../model/engine/precision.ts";

export const SiteName = z.enum(SITES).openapi("SiteName", {
  description: "A point of the residual stream inside a block:\n" +
    SITES.map((site) => `- \`${site}\`: ${SITE_MEANING[site]}`).join("\n"),
});

const names = STATISTICS.map((row) => row.name);

export const StatisticName = z.enum(names).openapi("StatisticName", {
  description: "A number said of a cell. p is the model's output at the position, q the lens; natural logarithms.\n" +
    STATISTICS.map((row) => `- \`${row.name}\`: ${row.description}`).join("\n"),
});

export const LensId = z.string().regex(LENS_ID).openapi("LensId", {
  description: "Id of a lens. `logit` is built in; GET /lenses lists the others.",
});

export const AgainstId = z.string().regex(LENS_ID).openapi("AgainstId", {
  description: "Id of a lens to compare each cell with, in the same cell: adds the `…_against` statistics.",
});

export const LensKind = z.enum(LENS_KINDS).openapi("LensKind", {
  description: "How a lens turns a state into logits, always through the model's own final norm and lm_head:\n" +
    "- `logit`: the state as it is\n" +
    "- `tuned`: through a trained affine translator (tuned-lens)\n" +
    "- `jacobian`: through the mean Jacobian from there to the last block (jacobian-lens)",
});

export const NormName = z.enum(["own", "final"]).openapi("NormName", {
  description: "How a vector is normed before lm_head: `own` divides it by its own RMS (what would this decode to); " +
    "`final` by the RMS of the final residual at that position, so that the logits of the parts add up to the model's. Default `own`.",
});

export const PrecisionName = z.enum(REPORTED_PRECISIONS).openapi("PrecisionName", {
  description: "Arithmetic of the weights; `gguf` multiplies the blocks of a GGUF file as they are.",
});
