/**
 * A second, naive decoder of lens files, for tests only: no checks, no bounds, nothing shared with the readers. What it
 * says of a file that the readers accepted must be what they say.
 *
 * @returns values by the file's own tensor names (`J.{l}` for a Jacobian dict), row-major, as float64
 */
export function decodePlainly(bytes: Uint8Array<ArrayBuffer>): Map<string, Float64Array> {
  if (bytes[0] !== 0x50) return decodeSafetensors(bytes);
  const records = plainRecords(bytes);
  const arrays = new Map<string, Float64Array>();
  for (const [name, data] of records) if (name.endsWith(".npy")) arrays.set(name.slice(0, -4), decodeNpy(data));
  return arrays.size > 0 ? arrays : decodeTorch(records);
}

/** Records by name: the directory from the end record, the data from each local header's own lengths. */
export function plainRecords(bytes: Uint8Array<ArrayBuffer>): Map<string, Uint8Array<ArrayBuffer>> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records = new Map<string, Uint8Array<ArrayBuffer>>();
  const end = bytes.length - 22;
  const wide = end - 76;
  let at = view.getUint32(end + 16, true);
  let count = view.getUint16(end + 10, true);
  if (at === 0xffffffff) at = Number(view.getBigUint64(wide + 48, true));
  if (count === 0xffff) count = Number(view.getBigUint64(wide + 32, true));
  for (; count > 0; count--) {
    const [size, nameLength] = [view.getUint32(at + 24, true), view.getUint16(at + 28, true)];
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    const local = view.getUint32(at + 42, true);
    const data = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    records.set(name, bytes.slice(data, data + size));
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return records;
}

function decodeSafetensors(bytes: Uint8Array<ArrayBuffer>): Map<string, Float64Array> {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  delete header.__metadata__;
  const values = new Map<string, Float64Array>();
  for (
    const [name, { dtype, data_offsets: [from, to] }] of Object.entries<
      { dtype: string; data_offsets: [number, number] }
    >(header)
  ) {
    values.set(name, numbersOf(bytes.slice(8 + length + from, 8 + length + to), dtype));
  }
  return values;
}

function decodeNpy(bytes: Uint8Array<ArrayBuffer>): Float64Array {
  const long = bytes[6] !== 1;
  const view = new DataView(bytes.buffer);
  const start = long ? 12 + view.getUint32(8, true) : 10 + view.getUint16(8, true);
  const text = new TextDecoder().decode(bytes.subarray(0, start));
  const dtype = { "<f2": "F16", "<f4": "F32", "<f8": "F64" }[/'descr': '(...)'/.exec(text)?.[1] ?? ""] ?? "";
  const flat = numbersOf(bytes.slice(start), dtype);
  const [rows, columns] = (/\(([^)]*)\)/.exec(text)?.[1] ?? "").split(",").filter((size) => size.trim() !== "").map(
    Number,
  );
  if (!text.includes("True") || rows === undefined || columns === undefined) return flat;
  return Float64Array.from(flat, (_, at) => flat[at % columns * rows + Math.floor(at / columns)]!);
}

function numbersOf(bytes: Uint8Array<ArrayBuffer>, dtype: string): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bf16 = new DataView(new ArrayBuffer(4));
  const read: Record<string, [number, (at: number) => number]> = {
    F64: [8, (at) => view.getFloat64(at, true)],
    F32: [4, (at) => view.getFloat32(at, true)],
    F16: [2, (at) => view.getFloat16(at, true)],
    BF16: [2, (at) => (bf16.setUint16(0, view.getUint16(at, true)), bf16.getFloat32(0))],
  };
  const [width, get] = read[dtype]!;
  return Float64Array.from({ length: Math.floor(bytes.length / width) }, (_, at) => get(at * width));
}

// deno-lint-ignore no-explicit-any -- a pickle's value can be anything
type Any = any;

function decodeTorch(records: Map<string, Uint8Array<ArrayBuffer>>): Map<string, Float64Array> {
  const entry = [...records].find(([name]) => name.endsWith("/data.pkl"))!;
  const prefix = entry[0].slice(0, -"data.pkl".length);
  const top: Map<Any, Any> = unpickle(entry[1]);
  const tensors: [string, Any][] = top.has("J")
    ? [...top.get("J")].map(([layer, tensor]: [number, Any]) => [`J.${layer}`, tensor])
    : [...top];
  const dtypes: Record<string, string> = { Float: "F32", Half: "F16", BFloat16: "BF16", Double: "F64" };
  const values = new Map<string, Float64Array>();
  for (const [name, { args: [{ pid: [, type, key] }, offset, size, stride] }] of tensors) {
    const storage = numbersOf(records.get(`${prefix}data/${key}`)!, dtypes[/torch (.*)Storage/.exec(type)![1]!]!);
    const [rows, columns] = size.length === 1 ? [1, size[0]] : size;
    const [s0, s1] = size.length === 1 ? [0, stride[0]] : stride;
    const at = (index: number) => offset + Math.floor(index / columns) * s0 + index % columns * s1;
    values.set(name, Float64Array.from({ length: rows * columns }, (_, index) => storage[at(index)]!));
  }
  return values;
}

/** Python's pickle machine for what torch writes: globals are their names, calls are notes. */
function unpickle(bytes: Uint8Array<ArrayBuffer>): Any {
  const view = new DataView(bytes.buffer);
  const stack: Any[] = [];
  const memo = new Map<number, Any>();
  const MARK = Symbol();
  let at = 0;
  const text = (length: number) => new TextDecoder().decode(bytes.subarray(at, at += length));
  const line = () => text(bytes.indexOf(10, at) - at + 1).slice(0, -1);
  const toMark = () => stack.splice(stack.lastIndexOf(MARK)).slice(1);
  const skip = (length: number) => (at += length) - length;
  for (;;) {
    const code = String.fromCharCode(bytes[at++]!);
    if (code === ".") return stack.pop();
    else if (code === "\x80") at++;
    else if (code === "c") stack.push(`${line()} ${line()}`);
    else if (code === "(") stack.push(MARK);
    else if (code === ")") stack.push([]);
    else if (code === "t") stack.push(toMark());
    else if (code === "]") stack.push([]);
    else if (code === "}") stack.push(new Map());
    else if (code === "N") stack.push(null);
    else if (code === "\x88" || code === "\x89") stack.push(code === "\x88");
    else if (code === "q") memo.set(bytes[at++]!, stack.at(-1));
    else if (code === "r") memo.set(view.getUint32(skip(4), true), stack.at(-1));
    else if (code === "h") stack.push(memo.get(bytes[at++]!));
    else if (code === "j") stack.push(memo.get(view.getUint32(skip(4), true)));
    else if (code === "X") stack.push(text(view.getUint32(skip(4), true)));
    else if (code === "\x8c") stack.push(text(bytes[at++]!));
    else if (code === "J") stack.push(view.getInt32(skip(4), true));
    else if (code === "K") stack.push(bytes[at++]!);
    else if (code === "M") stack.push(view.getUint16(skip(2), true));
    else if (code === "G") stack.push(view.getFloat64(skip(8)));
    else if (code === "\x8a") {
      const little = [...bytes.subarray(at + 1, at += 1 + bytes[at]!)];
      const unsigned = little.reduceRight((value, byte) => value << 8n | BigInt(byte), 0n);
      stack.push(Number(BigInt.asIntN(8 * little.length, unsigned)));
    } else if (code >= "\x85" && code <= "\x87") stack.push(stack.splice(-(code.charCodeAt(0) - 0x84)));
    else if (code === "Q") stack.push({ pid: stack.pop() });
    else if (code === "R") {
      const args = stack.pop();
      const called = stack.pop();
      stack.push(called === "collections OrderedDict" ? new Map() : { args });
    } else if (code === "a") stack.at(-2).push(stack.pop());
    else if (code === "e") {
      const items = toMark();
      stack.at(-1).push(...items);
    } else if (code === "s") {
      const [key, value] = stack.splice(-2);
      stack.at(-1).set(key, value);
    } else if (code === "u") {
      const items = toMark();
      for (let item = 0; item < items.length; item += 2) stack.at(-1).set(items[item], items[item + 1]);
    } else if (code === "b") stack.pop();
    else throw new Error(`opcode ${code.charCodeAt(0)}`);
  }
}
