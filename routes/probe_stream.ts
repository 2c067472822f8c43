import { ALWAYS, headers, OF_A_BODY, OF_WORK, refusals } from "../openapi/responses.ts";
import { ProbeFrame } from "../openapi/schemas/frames.ts";
import { ProbeRequest } from "../openapi/schemas/probe_request.ts";
import type { ProbeParts } from "./admitted_probe.ts";
import { bodyStream } from "./answer/body_stream.ts";
import { pingFrame } from "./answer/ndjson.ts";
import { withPings } from "./answer/with_pings.ts";
import { jsonBody } from "./json_body.ts";
import type { Operation } from "./operation.ts";
import { probeFrames } from "./probe_frames.ts";

/** Silence after which a proxy may believe a connection dead. */
const SILENCE_MS = 10_000;
/** A refusal that is known within this time has its own status; later ones are an `error` frame. */
const GRACE_MS = 1000;

/** POST /probe/stream: the same work, one NDJSON frame a line as it is computed. */
export function probeStream(parts: ProbeParts & { silenceMs?: number }): Operation {
  return {
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
        ...refusals(...OF_A_BODY, ...OF_WORK, ...ALWAYS),
      },
    },
    async handler(c) {
      const request = await jsonBody(c, ProbeRequest, parts.settings.maxBodyBytes);
      const frames = await probeFrames(request, parts, c, GRACE_MS);
      const answer = withPings(frames, parts.silenceMs ?? SILENCE_MS, pingFrame);
      return c.body(bodyStream(c, answer), 200, { "Content-Type": "application/x-ndjson" });
    },
  };
}
