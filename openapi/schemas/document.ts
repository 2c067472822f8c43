import { z } from "@hono/zod-openapi";

export const DocumentBounds = z.enum(["loaded"]).openapi("DocumentBounds", {
  description:
    "`loaded`: the schemas are narrowed to the loaded model: its largest layer, token id, prompt and position.",
});

export const DocumentQuery = z.strictObject({ bounds: DocumentBounds.optional() });

export const OpenApiDocument = z.looseObject({
  openapi: z.string().openapi({ description: "Version of OpenAPI." }),
}).openapi("Document", { description: "An OpenAPI document; its form is that specification's." });
