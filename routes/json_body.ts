import type { z } from "@hono/zod-openapi";
import { Refusal, refusalOf } from "../openapi/refusal.ts";
import type { ServiceContext } from "./env.ts";
import { schemaFaults } from "./schema_faults.ts";

/**
 * Reads a JSON body of at most `maxBytes` and parses it by a schema.
 * @throws {Refusal} 415, 413, 400, or 422 with every fault
 */
export async function jsonBody<S extends z.ZodType>(
  c: ServiceContext,
  schema: S,
  maxBytes: number,
): Promise<z.output<S>> {
  requireJson(c.req.header("Content-Type"));
  const value = parse(decode(await boundedBytes(c.req.raw, maxBytes, c.get("signal"))));
  const result = schema.safeParse(value, { reportInput: true });
  if (!result.success) throw refusalOf(schemaFaults(result.error.issues));
  return result.data;
}

function requireJson(contentType: string | undefined): void {
  const [essence, ...parameters] = (contentType ?? "").toLowerCase().split(";").map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith("charset="))?.slice(8).replaceAll('"', "");
  if (essence === "application/json" && (charset === undefined || charset === "utf-8" || charset === "utf8")) return;
  throw new Refusal("unsupported-media-type", "Content-Type must be application/json, in UTF-8", [
    { in: "header", name: "Content-Type", detail: "must be application/json" },
  ]);
}

/** The whole body. Bytes are counted as they come: Content-Length may be absent, and hono's bodyLimit would buffer then. */
async function boundedBytes(request: Request, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const tooLarge = () => new Refusal("body-too-large", `the body is larger than ${maxBytes} bytes`);
  if (Number(request.headers.get("Content-Length") ?? 0) > maxBytes) throw tooLarge();
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  const stop = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", stop);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      bytes += part.value.byteLength;
      if (bytes > maxBytes) throw tooLarge();
      chunks.push(part.value);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof Refusal
      ? error
      : new Refusal("malformed-request", "the connection broke while the body was read");
  } finally {
    signal.removeEventListener("abort", stop);
    reader.cancel().catch(() => {});
  }
  signal.throwIfAborted();
  return joined(chunks, bytes);
}

function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Refusal("malformed-body", "the body is not UTF-8");
  }
}

function parse(text: string): unknown {
  if (text.trim() === "") throw new Refusal("malformed-body", "the body is empty; a JSON object is expected");
  try {
    return JSON.parse(text);
  } catch (error) {
    const at = /position (\d+)/.exec((error as Error).message)?.[1];
    throw new Refusal("malformed-body", `the body is not JSON${at ? `: it goes wrong at character ${at}` : ""}`);
  }
}
