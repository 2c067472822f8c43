import { z } from "@hono/zod-openapi";
import { SITE_MEANING, SITES } from "../../lens/sites.ts";
import { STATISTICS } from "../../lens/statistics.ts";
import { PRECISIONS } from "../../model/engine/precision.ts";

export const SiteName = z.enum(SITES).openapi("SiteName", {
  description: "A point of the residual stream inside a block:\n" +
    SITES.map((site) => `- \`${site}\`: ${SITE_MEANING[site]}`).join("\n"),
});

const names = STATISTICS.map((row) => row.name);

export const StatisticName = z.enum(names).openapi("StatisticName", {
  description: "A number said of a cell. p is the model's output at the position, q the lens; natural logarithms.\n" +
    STATISTICS.map((row) => `- \`${row.name}\`: ${row.description}`).join("\n"),
});

export const LensId = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/).openapi("LensId", {
  description: "Id of a lens. `logit` is built in.",
});

export const LensKind = z.enum(["logit"]).openapi("LensKind", {
  description: "How a lens turns a state into logits: `logit` applies the model's own final norm and lm_head.",
});

export const NormName = z.enum(["own", "final"]).openapi("NormName", {
  description: "How a vector is normed before lm_head: `own` divides it by its own RMS (what would this decode to); " +
    "`final` by the RMS of the final residual at that position, so that the logits of the parts add up to the model's. Default `own`.",
});

export const PrecisionName = z.enum(PRECISIONS).openapi("PrecisionName", {
  description: "Arithmetic of the weights.",
});
