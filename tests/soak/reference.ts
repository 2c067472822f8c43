import { type Cell, probeCells } from "./answer_cells.ts";
import { answerCells } from "./answer_cells.ts";
import { compareCells, compareTensors, type Tolerance } from "./compare_answers.ts";
import { ACCEPT, type SoakRequest } from "./soak_request.ts";

/** A request of the pool with its answer computed alone. */
export interface Reference {
  readonly request: SoakRequest;
  readonly cells: readonly Cell[];
  readonly tensors: Uint8Array<ArrayBuffer>;
  /** Milliseconds that it took alone. */
  readonly ms: number;
}

/** Asks for each prompt alone, out of the cache, one after the other. */
export async function askAlone(url: string, request: SoakRequest): Promise<Reference> {
  const began = performance.now();
  const cells: Cell[] = [];
  let tensors = new Uint8Array();
  const several = request.form === "batch" || request.form === "batch-ndjson";
  for (const [index, body] of request.alone.entries()) {
    const response = await fetch(url + request.alonePath, post(body, "*/*"));
    if (response.status !== 200) {
      throw new Error(`the reference was answered ${response.status}: ${(await response.text()).slice(0, 500)}`);
    }
    if (request.form === "safetensors") tensors = await response.bytes();
    else cells.push(...probeCells(await response.json(), several ? `${index}: ` : ""));
  }
  return { request, cells, tensors, ms: performance.now() - began };
}

/** What differs in the answer of the request itself. */
export async function compareAnswer(
  { request, cells, tensors }: Reference,
  response: Response,
  tolerance: Tolerance,
): Promise<string[]> {
  if (request.form === "safetensors") return compareTensors(await response.bytes(), tensors, tolerance);
  return compareCells(answerCells(request.form, await response.text()), cells, tolerance);
}

export function poolPost({ body, form }: SoakRequest): RequestInit {
  return post(body, ACCEPT[form]);
}

export function post(body: unknown, accept: string): RequestInit {
  return { method: "POST", headers: { "content-type": "application/json", accept }, body: JSON.stringify(body) };
}
