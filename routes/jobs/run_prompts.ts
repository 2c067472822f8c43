import type { JobAnswer, JobPrompt, RunPrompts } from "../../lab/jobs/types.ts";
import { Draining } from "../../lab/admission/admission.ts";
import type { Caller } from "../../lab/keys/caller.ts";
import { PROBLEMS } from "../../openapi/problem.ts";
import { Refusal } from "../../openapi/refusal.ts";
import type { ProbeRequest } from "../../openapi/schemas/probe_request.ts";
import type { ProbeParts } from "../admitted_probe.ts";
import type { AnswerWriter } from "../answer/answer.ts";
import { json } from "../answer/json.ts";
import { admittedBatch } from "../batch/admitted_batch.ts";
import { roughCost, sumOf } from "../probe_cost.ts";
import type { PlannedProbe } from "../probe_plan.ts";
import { problemOf, refusalFor } from "../refuse.ts";
import { estimateResponseBytes } from "../response_size.ts";

/** Prompts that pass the queue together: what is lost when the engine dies, and what others' jobs wait for. */
const MOST_PROMPTS = 16;
/** The same in tokens of prompts and in decoded rows, as far as they are known beforehand. */
const MOST_TOKENS = 8192;
const MOST_ROWS = 20_000;

interface Asked extends JobPrompt {
  readonly request: ProbeRequest;
}

/**
 * Runs prompts of jobs as POST /probe would, but in the background: consecutive ones that are asked the same pass the queue
 * together, and what they begin with alike is computed once. Tokens and rows are spent of the caller's quotas.
 */
export function runPrompts(parts: ProbeParts): RunPrompts {
  return async function* (prompts, caller, signal) {
    const { description } = parts.model();
    for (const piece of piecesOf(prompts.map(asked), (request) => roughCost(request, description))) {
      yield* answers(piece, caller, signal, parts);
    }
  };
}

/** What becomes of a prompt that the engine died of, again and again. */
export function refusePrompt(prompt: JobPrompt): JobAnswer {
  const detail = "the engine's process ended each time that this prompt was run";
  return refused(prompt, new Refusal("engine-unavailable", detail), crypto.randomUUID());
}

/** Of a line that was checked when the job was made. */
const asked = (prompt: JobPrompt): Asked => ({ ...prompt, request: JSON.parse(prompt.line) as ProbeRequest });

/** Runs of prompts with one question, as large as may pass the queue together. */
function piecesOf(
  prompts: readonly Asked[],
  costOf: (request: ProbeRequest) => ReturnType<typeof roughCost>,
): Asked[][] {
  const pieces: Asked[][] = [];
  let question: string | undefined;
  for (const prompt of prompts) {
    const piece = pieces.at(-1);
    const own = questionOf(prompt.request);
    const grown = piece && sumOf([...piece, prompt].map(({ request }) => costOf(request)));
    const fits = grown && own === question && piece.length < MOST_PROMPTS && grown.tokens <= MOST_TOKENS &&
      grown.rows <= MOST_ROWS;
    if (fits) piece.push(prompt);
    else pieces.push([prompt]);
    question = own;
  }
  return pieces;
}

/** What is asked of a prompt, as text: equal of equal requests that are written alike. */
function questionOf({ prompt: _, ...question }: ProbeRequest): string {
  return JSON.stringify(question);
}

async function* answers(
  piece: readonly Asked[],
  caller: Caller,
  signal: AbortSignal,
  parts: ProbeParts,
): AsyncGenerator<JobAnswer, void> {
  const answered = new Set<number>();
  const requestId = crypto.randomUUID();
  try {
    for await (const answer of batchAnswers(piece, caller, signal, requestId, parts)) {
      answered.add(answer.index);
      yield answer;
    }
  } catch (error) {
    // What will be otherwise later is no fault of a prompt.
    if (signal.aborted || isPassing(error)) throw error;
    if (piece.length === 1) {
      yield refused(piece[0]!, refusalFor(error, requestId, parts.log), requestId);
      return;
    }
    // A fault of one, or of the question: each alone shows whose it is.
    for (const prompt of piece) if (!answered.has(prompt.index)) yield* answers([prompt], caller, signal, parts);
  }
}

/** Prompts that are asked the same, each as it is done. */
async function* batchAnswers(
  piece: readonly Asked[],
  caller: Caller,
  signal: AbortSignal,
  requestId: string,
  parts: ProbeParts,
): AsyncGenerator<JobAnswer, void> {
  const writers = new Map<number, AnswerWriter>();
  const prompts = piece.map(({ request }) => ({ request, pointer: "/prompt" }));
  const hooks = {
    caller,
    signal,
    background: true,
    check: (planned: readonly PlannedProbe[]) => checkSize(planned, parts.settings.maxResponseBytes),
  };
  for await (const step of admittedBatch(prompts, parts, hooks)) {
    if (step.type === "end") return;
    const prompt = piece[step.index]!;
    if (step.type === "refused") {
      yield refused(prompt, step.refusal, requestId);
    } else if (step.type === "start") {
      writers.set(step.index, json.begin(step.answer));
    } else if (step.type === "position") {
      writers.get(step.index)!.position(step.position, step.rows);
    } else {
      const response = decoder.decode(writers.get(step.index)!.finish(step.bill));
      writers.delete(step.index);
      yield { index: prompt.index, line: `{"index":${prompt.index},"response":${response}}` };
    }
  }
}

const decoder = new TextDecoder();

/** An answer is held whole until it is written: all of a piece must fit where one may be so large. */
function checkSize(planned: readonly PlannedProbe[], maxBytes: number): void {
  const bytes = planned.reduce((sum, each) => sum + estimateResponseBytes(each), 0);
  if (bytes <= maxBytes) return;
  throw new Refusal(
    "response-too-large",
    `the answer would have about ${bytes} bytes, more than ${maxBytes} (--max-response-bytes): narrow positions, ` +
      "layers, sites, lenses, top_k, track or statistics",
  );
}

function refused({ index }: JobPrompt, refusal: Refusal, requestId: string): JobAnswer {
  return { index, line: `{"index":${index},"problem":${JSON.stringify(problemOf(refusal, requestId))}}` };
}

/** The engine or the store is away, the service stops, or there is no quota left just now. */
function isPassing(error: unknown): boolean {
  if (error instanceof Refusal) return PASSING.includes(PROBLEMS[error.problem].status);
  return error instanceof Draining || (error instanceof Error && "retryAfterSeconds" in error);
}

const PASSING: readonly number[] = [429, 503];
