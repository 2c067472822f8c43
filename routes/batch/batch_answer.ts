import type { BatchRequest } from "../../openapi/schemas/batch.ts";
import type { Bill } from "../answer/answer.ts";
import { csvHeader, csvProblem, csvRows, type Value } from "../answer/csv.ts";
import { json } from "../answer/json.ts";
import { problemOf } from "../refuse.ts";
import type { BatchStep } from "./admitted_batch.ts";

/** The whole answer of a batch, written as its steps come. */
export interface BatchWriter {
  step(step: BatchStep): void;
  /** UTF-16 units so far. */
  readonly size: number;
  finish(bill: Bill): string;
}

export interface BatchForm {
  readonly contentType: string;
  begin(request: BatchRequest, prompts: readonly string[], requestId: string): BatchWriter;
}

/** What each prompt has come to, in the order of the request. */
class Items {
  readonly #written = new Map<number, string>();
  readonly #open = new Map<number, { readonly size: number }>();

  get size(): number {
    let size = 0;
    for (const text of this.#written.values()) size += text.length;
    for (const writer of this.#open.values()) size += writer.size;
    return size;
  }

  open(index: number, writer: { readonly size: number }): void {
    this.#open.set(index, writer);
  }

  close(index: number, text: string): void {
    this.#open.delete(index);
    this.#written.set(index, text);
  }

  inOrder(): string[] {
    return [...this.#written].sort(([a], [b]) => a - b).map(([, text]) => text);
  }
}

export const batchJson: BatchForm = {
  contentType: "application/json",
  begin(_request, _prompts, requestId) {
    const items = new Items();
    const writers = new Map<number, ReturnType<typeof json.begin>>();
    return {
      step(step) {
        if (step.type === "refused") {
          const problem = problemOf(step.refusal, requestId);
          items.close(step.index, JSON.stringify({ index: step.index, problem }));
        } else if (step.type === "start") {
          const writer = json.begin(step.answer);
          writers.set(step.index, writer);
          items.open(step.index, writer);
        } else if (step.type === "position") {
          writers.get(step.index)!.position(step.position, step.rows);
        } else if (step.type === "done") {
          items.close(step.index, `{"index":${step.index},"response":${writers.get(step.index)!.finish(step.bill)}}`);
        }
      },
      get size() {
        return items.size;
      },
      finish: (bill) => `{"items":[${items.inOrder().join(",")}],${JSON.stringify(bill).slice(1)}`,
    };
  },
};

export const batchCsv: BatchForm = {
  contentType: "text/csv; charset=utf-8; header=present",
  begin(request, prompts) {
    const items = new Items();
    const writers = new Map<number, ReturnType<typeof csvRows>>();
    let statistics: readonly string[] = request.statistics ?? [];
    const before = (index: number): Value[] => [index, prompts[index]!];
    const refused = new Map<number, string>();
    return {
      step(step) {
        if (step.type === "refused") refused.set(step.index, step.refusal.detail);
        else if (step.type === "start") {
          statistics = step.answer.plan.statistics;
          const writer = csvRows(step.answer, before(step.index));
          writers.set(step.index, writer);
          items.open(step.index, writer);
        } else if (step.type === "position") {
          writers.get(step.index)!.position(step.position, step.rows);
        } else if (step.type === "done") {
          items.close(step.index, writers.get(step.index)!.finish(step.bill));
        }
      },
      get size() {
        return items.size;
      },
      finish() {
        for (const [index, detail] of refused) items.close(index, csvProblem(detail, statistics, before(index)));
        return csvHeader(statistics, ["prompt_index", "prompt"]) + items.inOrder().join("");
      },
    };
  },
};
