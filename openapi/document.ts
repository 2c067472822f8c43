import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Env } from "hono";

const INFO = {
  title: "Midstream",
  summary: "What a Llama model is about to say, at every point of its residual stream.",
  description:
    "Runs a prompt through the model once and decodes the residual stream after each attention, MLP and block. " +
    "Refusals are problems (RFC 9457) whose `type` is one of a closed set.",
  license: { name: "MIT", identifier: "MIT" },
};

const TAGS = [
  { name: "probe", description: "Decode a prompt." },
  { name: "activations", description: "The residual states themselves." },
  { name: "lenses", description: "Lenses you bring." },
  { name: "tokens", description: "Between text and token ids." },
  { name: "service", description: "The service itself." },
];

/** The OpenAPI 3.1 document of an app's operations, as JSON text: the same bytes whatever model is loaded. */
export function documentText<E extends Env>(app: OpenAPIHono<E>, version: string): string {
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { ...INFO, version },
    servers: [{ url: "/", description: "Where this document comes from." }],
    security: [],
    tags: TAGS,
  });
  return `${JSON.stringify(document, null, 2)}\n`;
}
