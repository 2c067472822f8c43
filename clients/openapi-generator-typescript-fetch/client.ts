import { openAsBlob } from "node:fs";
import type { Connect, Outcome } from "../walk/client_under_test.ts";
import { lines } from "../walk/lines.ts";
import { retryAfter } from "../walk/retry_after.ts";
import {
  ActivationsApi,
  Configuration,
  JobsApi,
  LensesApi,
  ProbeApi,
  type ProbeFrame,
  type Problem,
  ResponseError,
} from "./generated/index.ts";

/** The service through openapi-generator's `typescript-fetch`. */
export const connect: Connect = (url) => {
  const configuration = new Configuration({
    basePath: url,
    fetchApi: retryAfter,
  });
  const [probes, lenses, states, jobs] = [
    ProbeApi,
    LensesApi,
    ActivationsApi,
    JobsApi,
  ].map((
    Api,
  ) => new Api(configuration)) as [
    ProbeApi,
    LensesApi,
    ActivationsApi,
    JobsApi,
  ];
  return {
    probe: (prompt, lenses) =>
      outcome(
        probes.createProbe({
          ProbeRequest: {
            prompt,
            lenses,
            top_k: 3,
            track: [" Lily"],
            statistics: ["entropy", "cross_entropy"],
          },
        }),
      ),
    stream: async function* (prompt) {
      const { raw } = await probes.streamProbeRaw({
        ProbeRequest: { prompt, top_k: 3 },
      });
      for await (const line of lines(raw.body)) {
        yield JSON.parse(line) as ProbeFrame;
      }
    },
    upload: async (id, path, onlyNew) =>
      outcome(
        lenses.putLens({
          lens_id: id,
          body: await openAsBlob(path),
          ...(onlyNew ? { If_None_Match: "*" } : {}),
        }),
      ),
    configure: (id, config) => outcome(lenses.updateLens({ lens_id: id, LensPatch: { config } })),
    download: (id, range) =>
      bytes(
        lenses.getLensWeights({
          lens_id: id,
          ...(range === undefined ? {} : { Range: range }),
        }),
      ),
    activations: (prompt, layers) =>
      bytes(
        states.createActivations({
          ActivationsRequest: { prompt, layers, positions: "all" },
        }),
      ),
    importLens: (source) => outcome(lenses.createImportRaw({ ImportRequest: { source } })),
    makeJob: (prompts) => outcome(jobs.createJob({ JobRequest: { prompts } })),
  };
};

/** A refusal is thrown with its response. */
async function outcome<T>(answer: Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await answer };
  } catch (error) {
    if (error instanceof ResponseError) {
      return { problem: await error.response.json() as Problem };
    }
    throw error;
  }
}

async function bytes(answer: Promise<Blob>): Promise<Outcome<Uint8Array>> {
  const file = await outcome(answer);
  return "value" in file ? { value: new Uint8Array(await file.value.arrayBuffer()) } : file;
}
