import type { BatchRequest } from "../../openapi/schemas/batch.ts";
import type { AnswerWriter, Bill } from "../answer/answer.ts";
import { csvHeader, csvProblem, csvRows, type Value } from "../answer/csv.ts";
import { json } from "../answer/json.ts";
import { Utf8Buffer } from "../answer/utf8_buffer.ts";
import { problemOf } from "../refuse.ts";
import type { BatchStep } from "./admitted_batch.ts";

/** The whole answer of a batch, written as its steps come. */
export interface BatchWriter {
  step(step: BatchStep): void;
  /** Bytes so far. */
  readonly size: number;
  finish(bill: Bill): Uint8Array<ArrayBuffer>;
}

export interface BatchForm {
  readonly contentType: string;
  begin(request: BatchRequest, prompts: readonly string[], requestId: string): BatchWriter;
}

/** A buffer for each prompt; they are put together in the order of the request. */
class Parts {
  readonly #parts = new Map<number, Utf8Buffer>();

  of(index: number): Utf8Buffer {
    const part = this.#parts.get(index) ?? new Utf8Buffer();
    this.#parts.set(index, part);
    return part;
  }

  get size(): number {
    return [...this.#parts.values()].reduce((sum, { size }) => sum + size, 0);
  }

  inOrder(): Utf8Buffer[] {
    return [...this.#parts].sort(([a], [b]) => a - b).map(([, part]) => part);
  }
}

export const batchJson: BatchForm = {
  contentType: "application/json",
  begin(_request, _prompts, requestId) {
    const items = new Parts();
    const open = new Map<number, AnswerWriter>();
    return {
      step(step) {
        if (step.type === "refused") {
          items.of(step.index).write(
            JSON.stringify({ index: step.index, problem: problemOf(step.refusal, requestId) }),
          );
        } else if (step.type === "start") {
          open.set(step.index, json.begin(step.answer));
        } else if (step.type === "position") {
          open.get(step.index)!.position(step.position, step.rows);
        } else if (step.type === "done") {
          const item = items.of(step.index);
          item.write(`{"index":${step.index},"response":`);
          item.append(open.get(step.index)!.finish(step.bill));
          item.write("}");
          open.delete(step.index);
        }
      },
      get size() {
        return [...open.values()].reduce((sum, { size }) => sum + size, items.size);
      },
      finish(bill) {
        const whole = new Utf8Buffer();
        whole.write('{"items":[');
        for (const [place, item] of items.inOrder().entries()) {
          if (place > 0) whole.write(",");
          whole.append(item.bytes());
        }
        whole.write(`],${JSON.stringify(bill).slice(1)}`);
        return whole.bytes();
      },
    };
  },
};

export const batchCsv: BatchForm = {
  contentType: "text/csv; charset=utf-8; header=present",
  begin(request, prompts) {
    const items = new Parts();
    const open = new Map<number, AnswerWriter["position"]>();
    const refused = new Map<number, string>();
    let statistics: readonly string[] = request.statistics ?? [];
    const before = (index: number): Value[] => [index, prompts[index]!];
    return {
      step(step) {
        if (step.type === "refused") {
          refused.set(step.index, step.refusal.detail);
        } else if (step.type === "start") {
          statistics = step.answer.plan.statistics;
          open.set(step.index, csvRows(step.answer, items.of(step.index), before(step.index)));
        } else if (step.type === "position") {
          open.get(step.index)!(step.position, step.rows);
        }
      },
      get size() {
        return items.size;
      },
      finish() {
        for (const [index, detail] of refused) items.of(index).write(csvProblem(detail, statistics, before(index)));
        const whole = new Utf8Buffer();
        whole.write(csvHeader(statistics, ["prompt_index", "prompt"]));
        for (const item of items.inOrder()) whole.append(item.bytes());
        return whole.bytes();
      },
    };
  },
};
