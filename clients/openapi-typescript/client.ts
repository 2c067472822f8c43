import { openAsBlob } from "node:fs";
import createClient from "openapi-fetch";
import type { Connect, Outcome } from "../walk/client_under_test.ts";
import { lines } from "../walk/lines.ts";
import { retryAfter } from "../walk/retry_after.ts";
import type { components, paths } from "./generated/schema.ts";

type Problem = components["schemas"]["Problem"];
type ProbeFrame = components["schemas"]["ProbeFrame"];

/** The service through openapi-typescript's types and openapi-fetch. */
export const connect: Connect = (url) => {
  const options = { baseUrl: url, fetch: retryAfter };
  const api = createClient<paths>(options);
  // Where Accept chooses the form of an answer: JSON.
  const json = createClient<
    paths,
    "application/json" | "application/problem+json"
  >(options);
  return {
    probe: async (prompt, lenses) =>
      outcome(
        await json.POST("/probe", {
          body: {
            prompt,
            lenses,
            top_k: 3,
            track: [" Lily"],
            statistics: ["entropy", "cross_entropy"],
          },
        }),
      ),
    stream: async function* (prompt) {
      const { data, error } = await api.POST("/probe/stream", {
        body: { prompt, top_k: 3 },
        parseAs: "stream",
      });
      if (error) throw new Error(error.detail);
      for await (const line of lines(data)) {
        yield JSON.parse(line) as ProbeFrame;
      }
    },
    upload: async (id, path, onlyNew) =>
      outcome(
        await api.PUT("/lenses/{lens_id}", {
          params: {
            path: { lens_id: id },
            header: onlyNew ? { "If-None-Match": "*" } : {},
          },
          headers: { "Content-Type": "application/octet-stream" },
          body: await openAsBlob(path),
          bodySerializer: (file) => file,
        }),
      ),
    configure: async (id, config) =>
      outcome(
        await api.PATCH("/lenses/{lens_id}", {
          params: { path: { lens_id: id } },
          body: { config },
        }),
      ),
    download: async (id, range) => {
      const header = range === undefined ? {} : { Range: range };
      const params = { path: { lens_id: id }, header };
      return bytes(
        await api.GET("/lenses/{lens_id}/weights", {
          params,
          parseAs: "arrayBuffer",
        }),
      );
    },
    activations: async (prompt, layers) =>
      bytes(
        await api.POST("/activations", {
          body: { prompt, layers, positions: "all" as const },
          parseAs: "arrayBuffer",
        }),
      ),
    importLens: async (source) =>
      outcome(
        await api.POST("/imports", { body: { source }, parseAs: "text" }),
      ),
    makeJob: async (prompts) => outcome(await api.POST("/jobs", { body: { prompts } })),
  };
};

function outcome<T>(
  { data, error }: { data?: T; error?: Problem },
): Outcome<T> {
  if (error) return { problem: error };
  if (data === undefined) throw new Error("neither an answer nor a problem");
  return { value: data };
}

function bytes(
  answer: { data?: ArrayBuffer; error?: Problem },
): Outcome<Uint8Array> {
  const file = outcome(answer);
  return "value" in file ? { value: new Uint8Array(file.value) } : file;
}
