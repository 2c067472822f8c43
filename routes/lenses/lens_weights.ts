import { Refusal } from "../../openapi/refusal.ts";
import { headerRefs } from "../../openapi/headers.ts";
import { ALWAYS, ETAG, headers, OF_A_FILE, OF_A_PART, OF_THE_MODEL, refusals } from "../../openapi/responses.ts";
import { DownloadHeaders } from "../../openapi/request_headers.ts";
import { lensIdParameter, WeightsQuery } from "../../openapi/schemas/lens.ts";
import { bodyStream } from "../answer/body_stream.ts";
import type { ServiceContext } from "../env.ts";
import { matches } from "../etag.ts";
import type { LoadedModel } from "../loaded_model.ts";
import type { Operation } from "../operation.ts";
import { type ByteRange, parseByteRange } from "./byte_range.ts";
import { existingLens, LOGIT, pathId } from "./lens_id.ts";
import { readQuery } from "./read_query.ts";
import { weightsEtag, WeightsFile, weightsName } from "./weights_file.ts";

const BYTES = { "application/octet-stream": { schema: { type: "string", format: "binary" } } } as const;

/** GET /lenses/{lens_id}/weights: the file as uploaded, or converted to safetensors. */
export function lensWeights({ model }: { readonly model: () => LoadedModel }): Operation {
  return {
    access: "read",
    route: {
      method: "get",
      path: "/lenses/{lens_id}/weights",
      operationId: "getLensWeights",
      tags: ["lenses"],
      summary: "Download a lens",
      description: "The file as uploaded, or `format=safetensors`: the same numbers, converted on the way. " +
        "`Range` with one range and `If-Range` are understood; each format has its own ETag.",
      request: { params: lensIdParameter, query: WeightsQuery, headers: DownloadHeaders },
      responses: {
        200: { description: "The whole file.", headers: headers({ ...ETAG, ...OF_A_FILE }), content: BYTES },
        206: { description: "The range asked for.", headers: headers({ ...ETAG, ...OF_A_PART }), content: BYTES },
        304: {
          description: "What If-None-Match names is still right.",
          headers: headers({ ...ETAG, ...headerRefs("Accept-Ranges") }),
        },
        ...refusals("not-found", "range-not-satisfiable", "invalid-request", ...OF_THE_MODEL, ...ALWAYS),
      },
    },
    async handler(c) {
      const lenses = model().lensesOf(c.get("caller"));
      const id = pathId(c);
      if (id === LOGIT) throw new Refusal("not-found", "the logit lens has no weights: it is the model's own lm_head");
      const { format = "original" } = readQuery(c, WeightsQuery);
      const entry = await existingLens(lenses, id);
      const etag = weightsEtag(entry, format);
      const common = { ETag: etag, "Cache-Control": "no-cache", "Accept-Ranges": "bytes" };
      if (matches(c.req.header("If-None-Match"), etag)) return c.body(null, 304, common);
      const file = await WeightsFile.open(entry, format);
      let streams = false;
      try {
        const range = askedRange(c, etag, file.length);
        const { from, to } = range ?? { from: 0, to: file.length };
        const all = {
          ...common,
          "Content-Type": "application/octet-stream",
          "Content-Length": String(to - from),
          "Content-Disposition": `attachment; filename="${weightsName(entry, format)}"`,
          ...(range === null ? {} : { "Content-Range": `bytes ${from}-${to - 1}/${file.length}` }),
        };
        const status = range === null ? 200 : 206;
        if (c.req.method === "HEAD") return c.body(null, status, all);
        streams = true;
        return c.body(bodyStream(c, sent(c, file, { from, to })), status, all);
      } finally {
        if (!streams) await file[Symbol.asyncDispose]();
      }
    },
  };
}

/** @throws {Refusal} 416 */
function askedRange(c: ServiceContext, etag: string, size: number): ByteRange | null {
  const ifRange = c.req.header("If-Range");
  // A range of an older file would be glued to this one (RFC 9110, 13.1.5). A HEAD has no ranges.
  if (c.req.method === "HEAD" || (ifRange !== undefined && ifRange.trim() !== etag)) return null;
  const range = parseByteRange(c.req.header("Range"), size);
  if (range !== "unsatisfiable") return range;
  const detail = `the range begins behind the last of ${size} bytes`;
  throw new Refusal("range-not-satisfiable", detail, [{ in: "header", name: "Range", detail }], {
    "Content-Range": `bytes */${size}`,
  });
}

/** The bytes of a range. The request's time counts from the last piece that the client took. */
async function* sent(c: ServiceContext, file: WeightsFile, range: ByteRange): AsyncGenerator<Uint8Array> {
  await using _open = file;
  for await (const piece of file.read(range)) {
    c.get("signal").throwIfAborted();
    c.get("extend")();
    yield piece;
  }
}
