/**
 * Client of a Midstream service on fetch: one file to drop in, for Deno, Node.js and browsers.
 * Members, and what they mean, are those of the service's /openapi.json.
 */

export type Site = "resid_pre" | "attn_out" | "resid_mid" | "mlp_out" | "resid_post";
export type Norm = "own" | "final";
export type LensKind = "logit" | "tuned" | "jacobian";
export type ModelMatch = "exact" | "unembedding" | "shape" | "none";
export type LensReading = "tuned_lens" | "danyude";
export type ChatMessage = { role: string; content: string };
export type Prompt = string | number[] | { messages: ChatMessage[] };
export type Positions = "last" | "all" | number[];
type Divergence = "jsd" | "jeffreys_half" | "tv" | "linf_prob";
type OfOutput = "kl_output_lens" | "kl_lens_output" | "output_rank" | "output_surprisal" | Divergence;
type OfAgainst = "kl_lens_against" | "kl_against_lens" | `${Divergence}_against`;
/** What is said of a cell, where asked for; null at the last position, or where the other lens has no reading. */
export type Statistics =
  & { [name in "entropy" | OfOutput]?: number }
  & { [name in "cross_entropy" | "next_rank" | OfAgainst]?: number | null }
  & { agrees?: boolean; agrees_against?: boolean | null };
export type Statistic = keyof Statistics;
type States = { add_special_tokens?: boolean; sites?: Site[]; layers?: number[]; positions?: Positions };
type Reading = { lenses?: string[]; statistics?: Statistic[]; against?: string; norm?: Norm; cache?: boolean };
export type ProbeOptions = States & Reading & { top_k?: number; track?: string[]; track_ids?: number[] };
export type ActivationsOptions = States & { logits?: boolean };
type LensOrigin = { capture_point?: "block_output"; target_layer?: number; reading?: LensReading };
export type LensOptions = LensOrigin & { unembed_hash?: string; sha256?: string; note?: string; shared?: boolean };
type FaultPlace = "body" | "query" | "path" | "header";
export type Fault = { in: FaultPlace; name?: string; line?: number; pointer?: string; detail: string };
type Refused = { type: string; title: string; status: number; detail: string };
export type Problem = Refused & { instance: string; errors?: Fault[] };
export type ModelRef = { id: string; digest: string; precision: "f32" | "q16" | "q8" | "q4" | "gguf" };
export type LensRef = { id: string; kind: LensKind; sha256?: string; model_match?: ModelMatch };
type Token = { id: number; piece: string; text: string };
export type PromptToken = Token & { position: number };
export type TopToken = Token & { logit: number; logprob: number; prob: number };
export type TrackedToken = TopToken & { rank: number };
export type Usage = { prompt_tokens: number; cached_tokens: number; rows: number };
export type Timing = { queue_ms: number; tokenize_ms: number; forward_ms: number; lens_ms: number };
export type QueuedFrame = { type: "queued"; position: number; wait_ms: number };
export type PingFrame = { type: "ping" };
type Asked = { model: ModelRef; lenses: LensRef[]; norm: Norm; tokens: PromptToken[]; warnings: string[] };
export type StartFrame = Asked & { type: "start"; layers: number[]; rows: number };
export type OutputFrame = { type: "output"; position: number; top: TopToken[]; entropy: number };
type Cell = { position: number; lens: string; site: Site; layer: number; tracked: TrackedToken[]; warnings: string[] };
export type ReadoutFrame = Cell & Statistics & { type: "readout"; top: TopToken[] };
export type EndFrame = { type: "end"; usage: Usage; timing: Timing };
export type Frame = QueuedFrame | PingFrame | StartFrame | OutputFrame | ReadoutFrame | EndFrame;
type OfFile = { layers: number[]; d_model: number; bytes: number | null; provenance: Record<string, unknown> };
type OfKind = { kind: LensKind; reading: LensReading | null; target_layer: number | null; warnings: string[] };
type OfMatch = { model_match: ModelMatch; match_reason: string; unembed_hash_match: boolean | "unknown" };
type Said = "dtype" | "sha256" | "created_at" | "capture_point" | "dialect" | "note" | "owner";
type OfLife = { id: string; built_in: boolean; persistent: boolean; shared: boolean };
export type LensInfo = OfLife & OfFile & OfKind & OfMatch & { [name in Said]: string | null };
type Nullable<T> = { [K in keyof T]: T[K] | null };
type Row = { kind: "output" | "top" | "tracked" | "cell"; position: number; token_id: number; token_text: string };
/** A token of a cell, as in a row of the service's CSV; `cell` has no token, `output` (the model's own) no lens. */
export type ProbeRow = Row & Nullable<Pick<Cell, "lens" | "site" | "layer"> & TrackedToken> & Statistics;
/** All of an answer: warnings of cells are among the others. */
export type Probe = Asked & { rows: ProbeRow[]; usage: Usage; timing: Timing };
export type Sending = { progress?: (sent: number, total: number) => void; signal?: AbortSignal };
/** `tensors`: `{site}.{layer}` [positions, d_model], and `logits` [positions, vocabulary] if asked for: all float32. */
export type Activations = { positions: number[]; input_ids: number[]; tensors: Map<string, Tensor> };
type Entry = { shape: number[]; data_offsets: [number, number] };
export type Tensor = { shape: number[]; data: Float32Array };

/** A refusal in the service's words; `retryAfter` is in seconds. */
export class ProblemError extends Error {
  readonly problem: Problem;
  readonly retryAfter: number | undefined;

  constructor(problem: Problem, retryAfter?: number) {
    const faults = problem.errors?.map((f) => `\n  ${f.pointer || f.name || f.in}: ${f.detail}`) ?? [];
    super(`${problem.title} (${problem.status}): ${problem.detail}${faults.join("")}`);
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

/** One service. Where it says when to ask again (429, 503), that is done, for `patience` seconds in all. */
export class Midstream {
  readonly #base: string;
  readonly #headers: Record<string, string>;
  readonly #patience: number;

  constructor(url = "http://127.0.0.1:8000", { key, patience = 60 }: { key?: string; patience?: number } = {}) {
    this.#base = url.replace(/\/*$/, "/");
    this.#headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    this.#patience = patience * 1000;
  }

  /** The whole answer, without a bound on its size. */
  async probe(prompt: Prompt, options: ProbeOptions = {}, signal?: AbortSignal): Promise<Probe> {
    const rows: ProbeRow[] = [], said = new Set<string>();
    let start: StartFrame, end: EndFrame;
    for await (const frame of this.stream(prompt, options, signal)) {
      if ("warnings" in frame) frame.warnings.forEach((warning) => said.add(warning));
      if (frame.type === "start") start = frame;
      else if (frame.type === "end") end = frame;
      else if ("top" in frame) rows.push(...rowsOf(frame, start!.tokens[frame.position]!));
    }
    const { model, lenses, norm, tokens } = start!, { usage, timing } = end!;
    return { model, lenses, norm, tokens, rows, warnings: [...said], usage, timing };
  }

  /** The frames as they are computed. Leaving the loop stops the work. */
  async *stream(prompt: Prompt, options: ProbeOptions = {}, signal?: AbortSignal): AsyncGenerator<Frame, void> {
    const { body } = await this.#post("probe/stream", { ...options, prompt }, signal);
    for await (const line of lines(body!)) {
      const frame = JSON.parse(line) as Frame | { type: "error"; problem: Problem };
      if (frame.type === "error") throw new ProblemError(frame.problem);
      yield frame;
      if (frame.type === "end") return;
    }
    throw new Error("the stream was cut: its last frame is neither end nor error");
  }

  async activations(prompt: Prompt, options: ActivationsOptions = {}, signal?: AbortSignal): Promise<Activations> {
    return readSafetensors(await (await this.#post("activations", { ...options, prompt }, signal)).arrayBuffer());
  }

  /** Sends a lens file (`await openAsBlob(path)` of node:fs). In browsers `progress` comes only at the end. */
  async uploadLens(id: string, file: Blob, options: LensOptions = {}, { progress, signal }: Sending = {}) {
    const query = new URLSearchParams(Object.entries(options).map(([name, value]) => [name, String(value)]));
    const tells = "Deno" in globalThis || "process" in globalThis;
    const response = await this.#ask(`lenses/${encodeURIComponent(id)}?${query}`, () => {
      let sent = 0;
      const transform = (chunk: Uint8Array, to: TransformStreamDefaultController) => {
        to.enqueue(chunk);
        progress?.(sent += chunk.length, file.size);
      };
      const body = tells ? file.stream().pipeThrough(new TransformStream({ transform })) : file;
      return { method: "PUT", body, signal, duplex: "half" };
    });
    if (!tells) progress?.(file.size, file.size);
    return await response.json() as LensInfo;
  }

  #post(path: string, body: unknown, signal: AbortSignal | undefined): Promise<Response> {
    const headers = { "content-type": "application/json" };
    return this.#ask(path, () => ({ method: "POST", headers, body: JSON.stringify(body), signal }));
  }

  async #ask(path: string, request: () => object): Promise<Response> {
    for (const end = Date.now() + this.#patience;;) {
      const { headers, ...init } = request() as RequestInit;
      const response = await fetch(this.#base + path, { ...init, headers: { ...headers, ...this.#headers } });
      if (response.ok) return response;
      const refusal = await refusalOf(response), { retryAfter } = refusal;
      if (retryAfter === undefined || Date.now() + retryAfter * 1000 > end) throw refusal;
      await new Promise((resolve) => setTimeout(resolve, retryAfter * 1000));
    }
  }
}

async function refusalOf(response: Response): Promise<ProblemError> {
  const text = await response.text();
  const wait = response.headers.get("retry-after") ?? "";
  const retryAfter = /^\d+$/.test(wait) ? Number(wait) : undefined;
  const ours = response.headers.get("content-type")?.startsWith("application/problem+json");
  const { status, statusText: title } = response; // Where something between here and the service refused.
  const foreign = { type: "about:blank", title, status, detail: text.slice(0, 200), instance: "" };
  return new ProblemError(ours ? JSON.parse(text) : foreign, retryAfter);
}

function rowsOf(frame: OutputFrame | ReadoutFrame, { id, text }: PromptToken): ProbeRow[] {
  const { type, top, tracked = [], warnings: _, ...said } = frame as ReadoutFrame | OutputFrame & Partial<Cell>;
  const none = { rank: null, id: null, piece: null, text: null, logit: null, logprob: null, prob: null };
  const cell = { ...none, lens: null, site: null, layer: null, ...said, token_id: id, token_text: text };
  const kinds = type === "output" ? ["output", "output"] as const : ["top", "cell"] as const;
  const rows: ProbeRow[] = top.map((token, at) => ({ ...cell, kind: kinds[0], rank: at + 1, ...token }));
  if (rows.length === 0) rows.push({ ...cell, kind: kinds[1] });
  return [...rows, ...tracked.map((token) => ({ ...cell, kind: "tracked" as const, ...token }))];
}

async function* lines(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string, void> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader(); // Safari cannot iterate over a stream.
  try {
    for (let rest = "", read = await reader.read(); !read.done; read = await reader.read()) {
      const parts = (rest + read.value).split("\n");
      rest = parts.pop()!;
      yield* parts;
    }
  } finally {
    await reader.cancel();
  }
}

function readSafetensors(file: ArrayBuffer): Activations {
  const start = 8 + Number(new DataView(file).getBigUint64(0, true));
  const { __metadata__, ...entries } = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, start - 8)));
  const { positions, input_ids, ...states } = entries as Record<string, Entry>;
  const bytes = ({ data_offsets: [from, to] }: Entry) => file.slice(start + from, start + to);
  const whole = (entry: Entry) => Array.from(new BigInt64Array(bytes(entry)), Number);
  const tensor = (entry: Entry) => ({ shape: entry.shape, data: new Float32Array(bytes(entry)) });
  const tensors = new Map(Object.entries(states).map(([name, entry]) => [name, tensor(entry)]));
  return { positions: whole(positions!), input_ids: whole(input_ids!), tensors };
}
