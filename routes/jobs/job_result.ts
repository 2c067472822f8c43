import { accepts } from "hono/accepts";
import { z } from "@hono/zod-openapi";
import { headerRefs } from "../../openapi/headers.ts";
import { Refusal } from "../../openapi/refusal.ts";
import { DownloadHeaders } from "../../openapi/request_headers.ts";
import { ALWAYS, ETAG, headers, OF_THE_MODEL, refusals, VARY } from "../../openapi/responses.ts";
import { BatchItem } from "../../openapi/schemas/batch.ts";
import { jobIdParameter, ResultQuery } from "../../openapi/schemas/job.ts";
import { bodyStream } from "../answer/body_stream.ts";
import type { ServiceContext } from "../env.ts";
import { matches } from "../etag.ts";
import { type ByteRange, parseByteRange } from "../lenses/byte_range.ts";
import { readQuery } from "../lenses/read_query.ts";
import type { Operation } from "../operation.ts";
import { type JobParts, OF_JOBS, pathJob } from "./job_parts.ts";
import { noJob, visibleJob } from "./jobs_of.ts";
import { lengthOf, type ResultBytes, resultForm } from "./result_form.ts";

const OF_A_RESULT = { ...ETAG, ...VARY, ...headerRefs("Accept-Ranges", "Content-Disposition") };
/** The forms that a media type names, the default first. */
const FORMS = { "application/x-ndjson": "ndjson", "text/csv": "csv" } as const;
const TABLE = { "text/csv": { schema: z.string() } };

/** GET /jobs/{job_id}/result: what is done of a job. */
export function jobResult(parts: JobParts): Operation {
  return {
    access: "read",
    route: {
      method: "get",
      path: "/jobs/{job_id}/result",
      operationId: "getJobResult",
      tags: ["jobs"],
      summary: "Get a job's results",
      description:
        "What is done so far, in the order of the prompts, at any time; it only grows, so that `Range` with the " +
        "bytes one has gives what came since. Each form has its own ETag, which changes while there is more. `Range` with " +
        "one range and `If-Range` are understood. `Accept: text/csv` is as `format=csv`.",
      request: { params: jobIdParameter, query: ResultQuery, headers: DownloadHeaders },
      responses: {
        200: {
          description: "What is done.",
          headers: headers(OF_A_RESULT),
          content: { "application/x-ndjson": { schema: BatchItem }, ...TABLE },
        },
        206: {
          description: "The range asked for.",
          headers: headers({ ...OF_A_RESULT, ...headerRefs("Content-Range", "Content-Length") }),
          content: { "application/x-ndjson": { schema: z.string() }, ...TABLE },
        },
        304: {
          description: "What If-None-Match names is still right.",
          headers: headers({ ...ETAG, ...VARY, ...headerRefs("Accept-Ranges") }),
        },
        ...refusals(
          "not-found",
          "range-not-satisfiable",
          "invalid-request",
          "conflicting-members",
          ...OF_THE_MODEL,
          ...OF_JOBS,
          "timeout",
          ...ALWAYS,
        ),
      },
    },
    async handler(c) {
      const { format = acceptedForm(c) } = readQuery(c, ResultQuery);
      const store = await parts.jobs;
      const { id } = await visibleJob(store, c.get("caller"), pathJob(c));
      const result = await store.result(id);
      if (result === null) throw noJob(id);
      const form = await resultForm(format, result, () => parts.model().description.layers);
      // Lines are only appended: so many bytes are these bytes.
      const etag = `"${id}-${format}-${result.bytes}"`;
      const common = { ETag: etag, "Vary": "Accept", "Cache-Control": "no-cache", "Accept-Ranges": "bytes" };
      if (matches(c.req.header("If-None-Match"), etag)) return c.body(null, 304, common);
      const of = {
        ...common,
        "Content-Type": form.contentType,
        "Content-Disposition": `attachment; filename="${id}${form.extension}"`,
      };
      if (c.req.method === "HEAD") return c.body(null, 200, of);
      const range = await askedRange(c, etag, form);
      if (range === null) {
        const length = form.length === null ? {} : { "Content-Length": String(form.length) };
        return c.body(bodyStream(c, sent(c, form.read())), 200, { ...of, ...length });
      }
      const { from, to, size } = range;
      return c.body(bodyStream(c, sent(c, form.read({ from, to }))), 206, {
        ...of,
        "Content-Length": String(to - from),
        "Content-Range": `bytes ${from}-${to - 1}/${size}`,
      });
    },
  };
}

function acceptedForm(c: ServiceContext): "ndjson" | "csv" {
  const [first, ...others] = Object.keys(FORMS);
  const type = accepts(c, { header: "Accept", supports: [first!, ...others], default: first! });
  return FORMS[type as keyof typeof FORMS];
}

/** @throws {Refusal} 416 */
async function askedRange(
  c: ServiceContext,
  etag: string,
  form: ResultBytes,
): Promise<ByteRange & { readonly size: number } | null> {
  const [header, ifRange] = [c.req.header("Range"), c.req.header("If-Range")];
  if (header === undefined || (ifRange !== undefined && ifRange.trim() !== etag)) return null;
  const size = await lengthOf(form, c.get("signal"));
  const range = parseByteRange(header, size);
  if (range === null) return null;
  if (range !== "unsatisfiable") return { ...range, size };
  const detail = `the range begins behind the last of ${size} bytes`;
  throw new Refusal("range-not-satisfiable", detail, [{ in: "header", name: "Range", detail }], {
    "Content-Range": `bytes */${size}`,
  });
}

/** The request's time counts from the last piece that the client took. */
async function* sent(c: ServiceContext, pieces: AsyncGenerator<Uint8Array, void>): AsyncGenerator<Uint8Array, void> {
  for await (const piece of pieces) {
    c.get("signal").throwIfAborted();
    c.get("extend")();
    yield piece;
  }
}
