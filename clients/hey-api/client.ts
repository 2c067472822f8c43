import { openAsBlob } from "node:fs";
import type { Connect, Outcome } from "../walk/client_under_test.ts";
import { lines } from "../walk/lines.ts";
import { retryAfter } from "../walk/retry_after.ts";
import {
  createActivations,
  createImport,
  createJob,
  createProbe,
  getLensWeights,
  putLens,
  streamProbe,
  updateLens,
} from "./generated/sdk.gen.ts";
import type { ImportFrame, ProbeFrame, Problem } from "./generated/types.gen.ts";

/** The service through @hey-api/openapi-ts' functions. */
export const connect: Connect = (url) => {
  // Not a client of its own, which Deno's Request takes for one of Deno's.
  const to = { baseUrl: url, fetch: retryAfter as typeof fetch };
  return {
    probe: async (prompt, lenses) =>
      outcome(
        await createProbe({
          ...to,
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
      const { data, error, response } = await streamProbe({
        ...to,
        body: { prompt, top_k: 3 },
        parseAs: "stream",
      });
      if (error || !data || !response) throw new Error(error?.detail);
      // `data` is the body itself, whatever the type of a frame says.
      for await (
        const line of lines(data as unknown as ReadableStream<Uint8Array>)
      ) yield JSON.parse(line) as ProbeFrame;
    },
    upload: async (id, path, onlyNew) =>
      outcome(
        await putLens({
          ...to,
          path: { lens_id: id },
          headers: onlyNew ? { "If-None-Match": "*" } : {},
          body: await openAsBlob(path),
        }),
      ),
    configure: async (id, config) =>
      outcome(
        await updateLens({ ...to, path: { lens_id: id }, body: { config } }),
      ),
    download: async (id, range) =>
      bytes(
        await getLensWeights({
          ...to,
          path: { lens_id: id },
          headers: range === undefined ? {} : { Range: range },
          parseAs: "blob",
        }),
      ),
    activations: async (prompt, layers) =>
      bytes(
        await createActivations({
          ...to,
          body: { prompt, layers, positions: "all" },
          parseAs: "blob",
        }),
      ),
    importLens: async (source): Promise<Outcome<ImportFrame>> =>
      outcome(
        await createImport({ ...to, body: { source }, parseAs: "text" }),
      ),
    makeJob: async (prompts) => outcome(await createJob({ ...to, body: { prompts } })),
  };
};

function outcome<T>(
  { data, error }: { data?: T; error?: Problem | undefined },
): Outcome<T> {
  if (error) return { problem: error };
  if (data === undefined) throw new Error("neither an answer nor a problem");
  return { value: data };
}

async function bytes(
  answer: { data?: Blob | File | undefined; error?: Problem | undefined },
): Promise<Outcome<Uint8Array>> {
  const file = outcome(answer);
  if ("problem" in file || file.value === undefined) {
    return file as Outcome<never>;
  }
  return { value: new Uint8Array(await file.value.arrayBuffer()) };
}
