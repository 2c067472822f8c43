import { ALWAYS, headers, OF_A_PROBE, refusals } from "../../openapi/responses.ts";
import { BatchFrame, BatchRequest } from "../../openapi/schemas/batch.ts";
import type { ProbeParts } from "../admitted_probe.ts";
import { bodyStream } from "../answer/body_stream.ts";
import { json } from "../answer/json.ts";
import { lines, pingFrame } from "../answer/ndjson.ts";
import { Utf8Buffer } from "../answer/utf8_buffer.ts";
import { withPings } from "../answer/with_pings.ts";
import { report, type ServiceContext } from "../env.ts";
import { jsonBody } from "../json_body.ts";
import type { Operation } from "../operation.ts";
import { SILENCE_MS, streamedWork } from "../streamed_work.ts";
import { problemOf } from "../refuse.ts";
import { admittedBatch, type BatchStep } from "./admitted_batch.ts";
import { batchPrompts } from "./batch_prompts.ts";

/** POST /probe/batch/stream: the same work, one frame a prompt as it is done. */
export function probeBatchStream(parts: ProbeParts & { silenceMs?: number }): Operation {
  return {
    access: "read",
    route: {
      method: "post",
      path: "/probe/batch/stream",
      operationId: "streamProbeBatch",
      tags: ["probe"],
      summary: "Decode several prompts, as a stream",
      description:
        "The request and the answers of POST /probe/batch, one JSON frame a prompt, each as soon as it is done. " +
        "There is no bound on the size. The last frame is `end` or `error`.",
      request: { body: { required: true, content: { "application/json": { schema: BatchRequest } } } },
      responses: {
        200: {
          description: "Frames, one a line (NDJSON).",
          headers: headers({}),
          content: { "application/x-ndjson": { schema: BatchFrame } },
        },
        ...refusals(...OF_A_PROBE, ...ALWAYS),
      },
    },
    async handler(c) {
      const request = await jsonBody(c, BatchRequest, parts.settings.maxBodyBytes);
      const prompts = batchPrompts(request);
      const frames = await streamedWork(c, parts.log, {
        begin: (hooks) => admittedBatch(prompts, parts, hooks),
        write: (steps) => itemFrames(steps, c),
      });
      const answer = withPings(frames, parts.silenceMs ?? SILENCE_MS, pingFrame);
      return c.body(bodyStream(c, answer), 200, { "Content-Type": "application/x-ndjson" });
    },
  };
}

async function* itemFrames(steps: AsyncIterable<BatchStep>, c: ServiceContext): AsyncGenerator<Uint8Array, void> {
  const writers = new Map<number, ReturnType<typeof json.begin>>();
  for await (const step of steps) {
    if (step.type === "refused") {
      yield lines([{ type: "item", index: step.index, problem: problemOf(step.refusal, c.get("requestId")) }]);
    } else if (step.type === "start") {
      writers.set(step.index, json.begin(step.answer));
    } else if (step.type === "position") {
      writers.get(step.index)!.position(step.position, step.rows);
    } else if (step.type === "done") {
      const frame = new Utf8Buffer();
      frame.write(`{"type":"item","index":${step.index},"response":`);
      frame.append(writers.get(step.index)!.finish(step.bill));
      frame.write("}\n");
      writers.delete(step.index);
      yield frame.bytes();
    } else {
      report(c, { ...step.bill.usage, ...step.bill.timing });
      yield lines([{ type: "end", ...step.bill }]);
    }
  }
}
