import type { Problem } from "../../../clients/typescript/midstream.ts";
import { promptTitle } from "../../formats/prompt_title.ts";
import type { Service } from "../../state/service.ts";
import { jobPath } from "./job.ts";

/** One prompt's line of the results, and where it lies in them. */
export interface ResultEntry {
  readonly index: number;
  /** Bytes, to exclusive and without the line's end. */
  readonly from: number;
  readonly to: number;
  /** The prompt's beginning; null: it was refused. */
  readonly title: string | null;
  /** Why it was refused. */
  readonly problem: Problem | null;
}

/** What became of a prompt, as the service wrote it. */
export type ResultItem =
  | { readonly index: number; readonly response: { readonly tokens: readonly { readonly text: string }[] } }
  | { readonly index: number; readonly problem: Problem };

/** Bytes that are asked for at once. */
const PIECE_BYTES = 1 << 20;
const LINE_END = 10;

/**
 * The results of a job, which may be larger than a page can hold: only where each line lies is kept, as far as somebody
 * looked, and a prompt's own line is fetched when it is looked at. Results only grow, so what was read stays right.
 */
export class JobResults {
  readonly #service: Pick<Service, "ask">;
  readonly #path: string;
  readonly entries: ResultEntry[] = [];
  /** Where the first line begins that was not read whole, and what there is of it. */
  #at = 0;
  #rest = new Uint8Array(0);

  constructor(service: Pick<Service, "ask">, id: string) {
    this.#service = service;
    this.#path = `${jobPath(id)}/result`;
  }

  /**
   * Reads on until there are so many entries. There must be that many in the results.
   * @throws {ProblemError}, and what fetch throws
   */
  async readTo(count: number, signal: AbortSignal): Promise<void> {
    while (this.entries.length < count && !signal.aborted) {
      const from = this.#at + this.#rest.length;
      const piece = await this.#bytes(from, from + PIECE_BYTES, signal);
      if (piece.length === 0) return;
      this.#take(piece);
    }
  }

  /** A prompt's line whole. */
  async item({ from, to }: ResultEntry, signal: AbortSignal): Promise<ResultItem> {
    return JSON.parse(new TextDecoder().decode(await this.#bytes(from, to, signal))) as ResultItem;
  }

  async #bytes(from: number, to: number, signal: AbortSignal): Promise<Uint8Array> {
    const response = await this.#service.ask(this.#path, { headers: { range: `bytes=${from}-${to - 1}` }, signal });
    return new Uint8Array(await response.arrayBuffer());
  }

  #take(piece: Uint8Array): void {
    const bytes = new Uint8Array(this.#rest.length + piece.length);
    bytes.set(this.#rest);
    bytes.set(piece, this.#rest.length);
    let from = 0;
    for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, from)) {
      const item = JSON.parse(new TextDecoder().decode(bytes.subarray(from, end))) as ResultItem;
      this.entries.push(entryOf(item, this.#at + from, this.#at + end));
      from = end + 1;
    }
    this.#at += from;
    this.#rest = bytes.slice(from);
  }
}

function entryOf(item: ResultItem, from: number, to: number): ResultEntry {
  const { index } = item;
  if ("problem" in item) return { index, from, to, title: null, problem: item.problem };
  const title = promptTitle(item.response.tokens.map(({ text }) => text), `prompt ${index}`);
  return { index, from, to, title, problem: null };
}
