import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Env } from "hono";
import { type ModelBounds, narrow } from "./bounds.ts";
import { addExamples } from "./examples.ts";
import { type Header, HEADERS } from "./headers.ts";
import { type Json, member } from "./json.ts";
import { olderForm } from "./older_form.ts";
import { problemExamples } from "./problem_examples.ts";

const INFO = {
  title: "Midstream",
  description: `What a Llama model is about to say, at every point of its residual stream: a prompt runs through the \
model once, and the states after attention, MLP and block are decoded by the model's own final norm and lm_head, as \
they are (logit lens) or through a trained translator (tuned lens) or a mean Jacobian.

JSON is snake_case and UTF-8. Logarithms are natural, so entropies and divergences are in nats; probabilities and ranks \
are over the full vocabulary; times are milliseconds. Members that a request does not know are refused; members may be \
added to answers. Refusals are problems (RFC 9457) whose \`type\` is one of a closed set.

A stream is NDJSON: one frame a line, told apart by \`type\`. Its last frame is \`end\` or \`error\`; without either it was cut.

This document is the same for every loaded model. GET /model has the bounds of the one that is loaded, and \
\`?bounds=loaded\` has them in the document.`,
  contact: { name: "Midstream contributors" },
};

const TAGS = [
  {
    name: "probe",
    description:
      "Decode a prompt: what each lens reads in each cell of layer, site and position, whole or as a stream.",
  },
  { name: "activations", description: "The residual states themselves, as a safetensors file." },
  { name: "lenses", description: "Lenses you bring: upload, describe, download, delete, or fetch a published one." },
  {
    name: "jobs",
    description:
      "Many prompts in the background: they outlive the service, and their results are kept until you take them.",
  },
  { name: "tokens", description: "Between text and token ids, as the loaded model has them." },
  {
    name: "service",
    description: "The service itself: its model, its limits, its health, its numbers and this document.",
  },
];

/** Versions of OpenAPI that the service is written in: 3.1, and its twin for older generators. */
export type OpenApiVersion = "3.1" | "3.0";

/**
 * The OpenAPI document of an app's operations, as JSON text. Both versions come from the one registry.
 *
 * @param bounds of the loaded model; without them the bytes are the same whatever model is loaded
 */
export function documentText<E extends Env>(
  app: OpenAPIHono<E>,
  version: string,
  as: OpenApiVersion = "3.1",
  bounds?: ModelBounds,
): string {
  const document = (as === "3.1" ? current(app, version) : older(app, version)) as unknown as Json;
  addComponents(document);
  addExamples(document);
  if (bounds) narrow(document, bounds);
  return `${JSON.stringify(as === "3.1" ? document : olderForm(document), null, 2)}\n`;
}

const common = {
  servers: [{ url: "/", description: "Where this document comes from." }],
  security: [],
  tags: TAGS,
};

/** By its SPDX identifier, which 3.0 does not know, nor the summary. */
const CURRENT_INFO = {
  ...INFO,
  summary: "What a Llama model is about to say, at every point of its residual stream.",
  license: { name: "MIT", identifier: "MIT" },
};
const OLDER_INFO = { ...INFO, license: { name: "MIT", url: "https://spdx.org/licenses/MIT.html" } };

/** No value is of two branches of a union here, and of an anyOf generators make one class of all members. */
const OPTIONS = { unionPreferredType: "oneOf" } as const;

function current<E extends Env>(app: OpenAPIHono<E>, version: string) {
  return app.getOpenAPI31Document({ openapi: "3.1.0", info: { ...CURRENT_INFO, version }, ...common }, OPTIONS);
}

function older<E extends Env>(app: OpenAPIHono<E>, version: string) {
  return app.getOpenAPIDocument({ openapi: "3.0.3", info: { ...OLDER_INFO, version }, ...common }, OPTIONS);
}

/** How a key is shown. */
const SECURITY_SCHEMES = {
  key: {
    type: "http",
    scheme: "bearer",
    description: "The secret of a key, on a service that has keys: `Authorization: Bearer <secret>`.",
  },
} as const;

function addComponents(document: Json): void {
  // No operation answers 405, which is for the methods that a path does not have: its example stands on the schema.
  const { "method-not-allowed": ofOtherMethods, ...examples } = problemExamples();
  document.components = {
    ...document.components as Json,
    // What an answer is said to carry it always carries.
    headers: Object.fromEntries(
      Object.entries(HEADERS).map(([name, header]) => {
        const { optional = false, ...described }: Header = structuredClone(header);
        return [name, { ...described, required: !optional }];
      }),
    ) as unknown as Json,
    examples: examples as unknown as Json,
    securitySchemes: structuredClone(SECURITY_SCHEMES) as unknown as Json,
  };
  member(document, "components", "schemas", "Problem").example = ofOtherMethods.value as unknown as Json;
}
