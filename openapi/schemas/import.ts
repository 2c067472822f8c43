import { z } from "@hono/zod-openapi";
import { text } from "../text.ts";
import { ErrorFrame } from "./frames.ts";
import { LensInfo } from "./lens.ts";
import { LensId } from "./names.ts";

export const ImportRequest = z.strictObject({
  source: text(2000).min(1).optional().openapi({
    description:
      "A repository of the hub and a path in it: `[spaces/]owner/name[@revision][:path]`, the path a file or the " +
      "folder of one lens. Left out: the lens that tuned-lens' authors published for the loaded model.",
  }),
  lens_id: LensId.optional(),
  revision: text(200).min(1).optional().openapi({
    description: "Branch, tag or commit; may be part of `source` instead. Default `main`.",
  }),
}).openapi("ImportRequest", {
  description: "Which published lens to fetch, and its id here; without one it is made of the source's name. " +
    "`{}` finds a lens for the loaded model.",
  example: { source: "spaces/AlignmentResearch/tuned-lens:lens/meta-llama/Llama-2-7b-hf", lens_id: "tuned" },
});
export type ImportRequest = z.infer<typeof ImportRequest>;

export const ImportProgressFrame = z.object({
  type: z.literal("progress"),
  bytes_done: z.int().openapi({ description: "Bytes here, those of an earlier, interrupted import included." }),
  bytes_total: z.int().openapi({ description: "Bytes of all its files; 0 while the hub has not said." }),
}).openapi("ImportProgressFrame", { description: "How far the import is." });

export const ImportEndFrame = z.object({ type: z.literal("end"), lens: LensInfo }).openapi("ImportEndFrame", {
  description: "The lens is registered.",
});

export const ImportFrame = z.discriminatedUnion("type", [ImportProgressFrame, ImportEndFrame, ErrorFrame]).openapi(
  "ImportFrame",
  { description: "One line of an import. The last one is `end` or `error`: a stream without either was cut." },
);
