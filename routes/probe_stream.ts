import { ALWAYS, headers, OF_A_PROBE, refusals } from "../openapi/responses.ts";
import { ProbeFrame } from "../openapi/schemas/frames.ts";
import { ProbeRequest } from "../openapi/schemas/probe_request.ts";
import { admittedProbe, type ProbeParts, type ProbeStep } from "./admitted_probe.ts";
import type { ProbeAnswer } from "./answer/answer.ts";
import { bodyStream } from "./answer/body_stream.ts";
import { endFrame, pingFrame, positionFrames, startFrame } from "./answer/ndjson.ts";
import { withPings } from "./answer/with_pings.ts";
import { report, type ServiceContext } from "./env.ts";
import { jsonBody } from "./json_body.ts";
import type { Operation } from "./operation.ts";
import { SILENCE_MS, streamedWork } from "./streamed_work.ts";

/** POST /probe/stream: the same work, one NDJSON frame a line as it is computed. */
export function probeStream(parts: ProbeParts & { silenceMs?: number }): Operation {
  return {
    access: "read",
    route: {
      method: "post",
      path: "/probe/stream",
      operationId: "streamProbe",
      tags: ["probe"],
      summary: "Decode a prompt, as a stream",
      description:
        "The request and the numbers of POST /probe, one JSON frame a line, each position as soon as it is computed. " +
        "There is no bound on the size. The last frame is `end` or `error`.",
      request: { body: { required: true, content: { "application/json": { schema: ProbeRequest } } } },
      responses: {
        200: {
          description: "Frames, one a line (NDJSON).",
          headers: headers({}),
          content: { "application/x-ndjson": { schema: ProbeFrame } },
        },
        ...refusals(...OF_A_PROBE, ...ALWAYS),
      },
    },
    async handler(c) {
      const request = await jsonBody(c, ProbeRequest, parts.settings.maxBodyBytes);
      report(c, { prompt: request.prompt });
      const frames = await streamedWork(c, parts.log, {
        begin: (hooks) => admittedProbe(request, parts, hooks),
        write: (steps) => probeFrames(steps, c),
      });
      const answer = withPings(frames, parts.silenceMs ?? SILENCE_MS, pingFrame);
      return c.body(bodyStream(c, answer), 200, { "Content-Type": "application/x-ndjson" });
    },
  };
}

async function* probeFrames(steps: AsyncIterable<ProbeStep>, c: ServiceContext): AsyncGenerator<Uint8Array, void> {
  let answer: ProbeAnswer | undefined;
  for await (const step of steps) {
    if (step.type === "start") {
      answer = step.answer;
      yield startFrame(answer);
    } else if (step.type === "position") {
      yield positionFrames(answer!, step.position, step.rows);
    } else {
      report(c, { ...step.bill.usage, ...step.bill.timing });
      yield endFrame(step.bill);
    }
  }
}
