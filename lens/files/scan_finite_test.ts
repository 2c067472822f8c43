import assert from "node:assert/strict";
import { bytesOf, numbers, safetensorsOf } from "./fixtures/small_files.ts";
import { type Saved, type SavedTensor, torchSave, whole } from "./write/torch_save.ts";
import { LensFileError } from "./lens_file_error.ts";
import { readLens } from "./read_lens.ts";
import { scanFinite } from "./scan_finite.ts";
import { memorySource } from "./source.ts";

const D = 600; // More than one piece of a megabyte.

async function scan(bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
  await scanFinite(await readLens(memorySource(bytes)), signal === undefined ? {} : { signal });
}

async function refuses(bytes: Uint8Array, message: RegExp): Promise<void> {
  await assert.rejects(scan(bytes), (error) => {
    assert.ok(error instanceof LensFileError, String(error));
    assert.match(error.message, message);
    return true;
  });
}

function file(data: ArrayBufferView, type: string, view: Partial<SavedTensor> = {}): Uint8Array {
  return torchSave(new Map<string, Saved>([["0.weight", { ...whole("0", [D, D], type), ...view }]]), {
    0: bytesOf(data),
  });
}

const BAD: [string, string, (size: number) => { [index: number]: number } & ArrayBufferView, number[]][] = [
  ["F32", "FloatStorage", (size) => new Float32Array(size), [NaN, Infinity, -Infinity]],
  ["F16", "HalfStorage", (size) => new Float16Array(size), [NaN, Infinity, -Infinity]],
  ["BF16", "BFloat16Storage", (size) => new Uint16Array(size), [0x7fc0, 0x7f80, 0xff80]],
  ["F64", "DoubleStorage", (size) => new Float64Array(size), [NaN, Infinity, 1e39, -1e39]],
];

for (const [dtype, type, make, values] of BAD) {
  Deno.test(`scanFinite() names tensor and index of a number that is not finite in ${dtype}`, async () => {
    for (const value of values) {
      const data = make(D * D);
      data[599 * D + 598] = value;
      await refuses(file(data, type), /`0\.weight` is not finite.*\[599, 598\]/);
      await refuses(file(data, type, { stride: [1, D] }), /\[598, 599\]/);
    }
    await scan(file(make(D * D), type));
  });
}

Deno.test("scanFinite() looks only where a tensor looks", async () => {
  const data = numbers(D * (D + 3) + 5, 1);
  for (let row = 0; row < D; row++) data.fill(NaN, 5 + row * (D + 3) + D, 5 + (row + 1) * (D + 3));
  data.fill(Infinity, 0, 5);
  const view = { numel: data.length, offset: 5, stride: [D + 3, 1] };
  await scan(file(data, "FloatStorage", view));
  data[5 + 7 * (D + 3) + 11] = NaN;
  await refuses(file(data, "FloatStorage", view), /\[7, 11\]/);
});

Deno.test("scanFinite() names a bias, and a tensor of a safetensors file", async () => {
  const weight = { name: "0.weight", shape: [2, 2], values: numbers(4, 1) };
  const bias = { name: "0.bias", shape: [2], values: Float32Array.of(1, NaN) };
  await refuses(safetensorsOf([weight, bias]), /`0\.bias`.*\[1\]/);
});

Deno.test("scanFinite() finds a flipped bit by the record's CRC-32", async () => {
  const bytes = file(numbers(D * D, 1), "FloatStorage");
  const flipped = bytes.slice();
  flipped[800_000] = (flipped[800_000] ?? 0) ^ 1;
  await refuses(flipped, /CRC-32 of record `archive\/data\/0`/);
});

Deno.test("scanFinite() stops when its signal aborts", async () => {
  await assert.rejects(
    scan(file(numbers(D * D, 1), "FloatStorage"), AbortSignal.abort(new Error("hung up"))),
    /hung up/,
  );
});
