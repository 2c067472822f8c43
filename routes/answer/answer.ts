import type { z } from "@hono/zod-openapi";
import type { DecodedRows, ModelDescription } from "../../model/engine/engine.ts";
import type { Timing, Usage } from "../../openapi/schemas/probe_response.ts";
import type { PlannedProbe } from "../probe_plan.ts";
import type { Vocabulary } from "../vocabulary.ts";

/** Everything an answer says but the numbers. */
export interface ProbeAnswer extends PlannedProbe {
  readonly model: ModelDescription;
  readonly vocabulary: Vocabulary;
  /** Which of a position's rows answers each cell; row 0 is the model's own output. */
  readonly rowOfCell: readonly number[];
}

export interface Bill {
  readonly usage: z.infer<typeof Usage>;
  readonly timing: z.infer<typeof Timing>;
}

/** An answer that is written whole before it is sent, so that a failure on the way is never half an answer. */
export interface AnswerWriter {
  /** Takes one position; they come in ascending order. */
  position(position: number, rows: DecodedRows): void;
  /** Bytes written so far. */
  readonly size: number;
  /** The whole answer, in UTF-8. */
  finish(bill: Bill): Uint8Array<ArrayBuffer>;
}

/** A form of the answer: its media type, and how one is begun. */
export interface AnswerForm {
  readonly contentType: string;
  begin(answer: ProbeAnswer): AnswerWriter;
}

export const modelRef = ({ id, digest, precision }: ModelDescription) => ({ id, digest, precision });
