import type { Cell } from "./client_under_test.ts";

/** What a walk goes through and must find, as JSON from the test that starts it. Both languages read it. */
export interface Plan {
  /** The running service. */
  readonly url: string;
  /** A server that refuses twice, with 429 and 503, and then passes on to the service. */
  readonly busyUrl: string;
  /** A server that answers everything below `/<name>` with the document's example of that problem. */
  readonly refusingUrl: string;
  readonly problems: readonly {
    readonly name: string;
    readonly status: number;
    readonly detail: string;
    readonly operation: "createProbe" | "putLens" | "getLensWeights" | "createImport" | "createJob";
  }[];
  readonly prompt: string;
  /** The same as token ids. */
  readonly ids: number[];
  /** A lens file to upload. */
  readonly lensFile: string;
  /** Its config.json. */
  readonly lensConfig: { readonly base_model_name_or_path: string; readonly unembed_hash: string };
  /** What the service says to plain fetch. */
  readonly cells: readonly Cell[];
  readonly lensBytes: number;
  readonly layers: number[];
  readonly dModel: number;
  /** First numbers of the tensor `resid_post.<first of layers>`. */
  readonly states: readonly number[];
}
