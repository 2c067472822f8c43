import { ImportFault } from "./imported.ts";

/**
 * Little-endian int32 of a gzip stream.
 * @param count of numbers that must be there: more is never held, whatever the stream unpacks to
 * @throws {ImportFault} where the stream is none, or has more or fewer bytes
 */
export async function gunzipInts(bytes: Uint8Array<ArrayBuffer>, count: number, name: string): Promise<Int32Array> {
  const right = `${4 * count} bytes, as meta.json has them,`;
  const whole = new Uint8Array(4 * count);
  let size = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  try {
    for (let read = await next(reader, name); read !== undefined; read = await next(reader, name)) {
      if (size + read.length > whole.length) {
        throw new ImportFault(`${name} unpacks to more than ${whole.length} bytes; ${right} would be right`);
      }
      whole.set(read, size);
      size += read.length;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
  if (size < whole.length) throw new ImportFault(`${name} unpacks to ${size} bytes; ${right} would be right`);
  const view = new DataView(whole.buffer);
  const ints = new Int32Array(count);
  for (let at = 0; at < count; at++) ints[at] = view.getInt32(4 * at, true);
  return ints;
}

async function next(reader: ReadableStreamDefaultReader<Uint8Array>, name: string): Promise<Uint8Array | undefined> {
  try {
    return (await reader.read()).value;
  } catch {
    throw new ImportFault(`${name} is no whole gzip stream; the file as jacobian-lens wrote it would be right`);
  }
}
