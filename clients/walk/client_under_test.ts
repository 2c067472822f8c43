/** What the walk needs of a client: members are those of the document, so that a generated type fits as it is. */
export interface ClientUnderTest {
  probe(prompt: string | number[], lenses: string[]): Promise<Outcome<Probe>>;
  stream(prompt: string): AsyncIterable<Frame>;
  /** Uploads the file at `path`; `onlyNew` refuses to replace. */
  upload(id: string, path: string, onlyNew: boolean): Promise<Outcome<Lens>>;
  /** Stores tuned-lens' config.json with a lens. */
  configure(id: string, config: { base_model_name_or_path: string; unembed_hash: string }): Promise<Outcome<Lens>>;
  /** The file, or the part of it that `range` names. */
  download(id: string, range?: string): Promise<Outcome<Uint8Array>>;
  /** A safetensors file of the states. */
  activations(prompt: number[], layers: number[]): Promise<Outcome<Uint8Array>>;
  importLens(source: string): Promise<Outcome<unknown>>;
  makeJob(prompts: number[][]): Promise<Outcome<Job>>;
}

/** Makes a client of the service at `url`. */
export type Connect = (url: string) => ClientUnderTest;

export type Outcome<T> = { readonly value: T } | { readonly problem: Problem };

export interface Problem {
  readonly type: `urn:midstream:problem:${string}`;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly errors?: readonly { readonly in: string; readonly pointer?: string; readonly detail: string }[];
}

export interface Probe {
  readonly output: readonly Output[];
  readonly readouts: readonly Cell[];
}

export interface Output {
  readonly position: number;
  readonly entropy: number;
}

export interface Cell {
  readonly position: number;
  readonly lens: string;
  readonly site: "resid_pre" | "attn_out" | "resid_mid" | "mlp_out" | "resid_post";
  readonly layer: number;
  readonly entropy?: number;
  readonly cross_entropy?: number | null;
  readonly top: readonly { readonly id: number; readonly text: string; readonly prob: number }[];
  readonly tracked: readonly { readonly text: string; readonly rank: number }[];
}

export interface Lens {
  readonly id: string;
  readonly kind: "logit" | "tuned" | "jacobian";
  readonly bytes: number | null;
  readonly model_match: "exact" | "unembedding" | "shape" | "none";
  readonly unembed_hash_match: boolean | "unknown";
}

export interface Job {
  readonly id: string;
  readonly state: string;
}

export type Frame =
  | { readonly type: "queued"; readonly position: number }
  | { readonly type: "start"; readonly rows: number }
  | { readonly type: "output" } & Output
  | { readonly type: "readout" } & Cell
  | { readonly type: "end"; readonly usage: { readonly prompt_tokens: number } }
  | { readonly type: "error"; readonly problem: Problem }
  | { readonly type: "ping" };
