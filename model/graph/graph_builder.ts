import { create, toBinary } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "onnx-buf";
import { basename } from "node:path";
import type { ByteDType, DType, TensorSource } from "../checkpoint/tensor_source.ts";

/** Name of a value inside a graph. */
export type Value = string;
export type ElementType = "float32" | "float16" | "bfloat16" | "int32" | "int64" | "int8" | "uint8" | "bool";
type Attribute = number | string | readonly number[] | { readonly float: number } | { readonly body: GraphProto };

/** Operator sets the graphs are written against. */
const ONNX_OPSET = 23n;
const MICROSOFT = "com.microsoft";

const DATA_TYPE: Readonly<Record<ElementType, DataType>> = {
  float32: DataType.FLOAT,
  float16: DataType.FLOAT16,
  bfloat16: DataType.BFLOAT16,
  int32: DataType.INT32,
  int64: DataType.INT64,
  int8: DataType.INT8,
  uint8: DataType.UINT8,
  bool: DataType.BOOL,
};
const STORED: Readonly<Record<DType | ByteDType, ElementType>> = {
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  I8: "int8",
  U8: "uint8",
};

/**
 * Writes one ONNX graph. Weights are not copied into it: `weight` makes an initializer that points into its file by byte
 * offset, to be mapped by ONNX Runtime. Dimensions given as strings are symbolic.
 */
export class GraphBuilder {
  #nodes: NodeProto[] = [];
  readonly #initializers = new Map<string, TensorProto>();
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];
  readonly #constants = new Map<string, Value>();
  #count = 0;

  input(name: string, type: ElementType, shape: readonly (number | string)[]): Value {
    this.#inputs.push(valueInfo(name, type, shape));
    return name;
  }

  /** `shape` null: the rank is known only when it runs. */
  output(name: string, type: ElementType, shape: readonly (number | string)[] | null): void {
    this.#outputs.push(valueInfo(name, type, shape));
  }

  /** One node of one output; `domain` "com.microsoft" is chosen by an operator name that begins with "ms:". */
  op(operator: string, inputs: readonly Value[], attributes: Record<string, Attribute> = {}, output?: Value): Value {
    return this.ops(operator, inputs, [output ?? this.#fresh(operator)], attributes)[0]!;
  }

  /** One node with the outputs named; "" leaves an output out. */
  ops(
    operator: string,
    inputs: readonly Value[],
    outputs: readonly Value[],
    attributes: Record<string, Attribute> = {},
  ): readonly Value[] {
    const microsoft = operator.startsWith("ms:");
    this.#nodes.push(create(NodeProtoSchema, {
      opType: microsoft ? operator.slice(3) : operator,
      domain: microsoft ? MICROSOFT : "",
      name: this.#fresh("node"),
      input: [...inputs],
      output: [...outputs],
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    }));
    return outputs;
  }

  /**
   * The value of `body` where `condition` (one bool) holds, else nothing: [0] float32. ONNX Runtime computes every node of a
   * graph, whatever outputs a run asks for; only the branch of an If is left out.
   *
   * @param body adds its nodes to this graph and returns a float32 value; they may use any value from outside
   */
  when(condition: Value, body: () => Value): Value {
    const empty = this.constant("float32", [], [0]);
    const then_branch = this.#branch(body);
    const else_branch = this.#branch(() => this.op("Identity", [empty]));
    return this.op("If", [condition], { then_branch: { body: then_branch }, else_branch: { body: else_branch } });
  }

  #branch(body: () => Value): GraphProto {
    const outside = this.#nodes;
    this.#nodes = [];
    const name = body();
    const node = this.#nodes;
    this.#nodes = outside;
    const output = [valueInfo(name, "float32", null)]; // The branches differ in shape.
    return create(GraphProtoSchema, { name: this.#fresh("branch"), node, output });
  }

  /** A fresh name for an output of `ops`. */
  name(stem: string): Value {
    return this.#fresh(stem);
  }

  /** A small constant written into the graph; equal ones are written once. */
  constant(
    type: "float32" | "int64" | "int32" | "int8" | "uint8",
    values: readonly number[],
    shape: readonly number[] = [],
  ): Value {
    const key = `${type}:${shape}:${values}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.#fresh("const");
    const bytes = type === "float32"
      ? new Float32Array(values).buffer
      : type === "int32"
      ? new Int32Array(values).buffer
      : type === "uint8" || type === "int8"
      ? Uint8Array.from(values).buffer // −1 is 255: the same byte.
      : BigInt64Array.from(values, BigInt).buffer;
    this.#initializers.set(
      name,
      create(TensorProtoSchema, {
        name,
        dataType: DATA_TYPE[type],
        dims: shape.map(BigInt),
        rawData: new Uint8Array(bytes),
      }),
    );
    this.#constants.set(key, name);
    return name;
  }

  /** An initializer that lies in a file, in its stored dtype and shape. */
  stored(source: TensorSource<DType | ByteDType>): Value {
    if (!this.#initializers.has(source.name)) {
      this.#initializers.set(
        source.name,
        create(TensorProtoSchema, {
          name: source.name,
          dataType: DATA_TYPE[STORED[source.dtype]],
          dims: source.shape.map(BigInt),
          dataLocation: DataLocation.EXTERNAL,
          externalData: [
            { key: "location", value: basename(source.file) },
            { key: "offset", value: String(source.offset) },
            { key: "length", value: String(source.length) },
          ],
        }),
      );
    }
    return source.name;
  }

  /** A stored tensor as float32: itself, or widened by a Cast that ONNX Runtime folds when it loads the graph. */
  weight(source: TensorSource): Value {
    const value = this.stored(source);
    if (source.dtype === "F32") return value;
    const widened = `${source.name}.float32`;
    if (!this.#constants.has(widened)) {
      this.op("Cast", [value], { to: DataType.FLOAT }, widened);
      this.#constants.set(widened, widened);
    }
    return widened;
  }

  /** x [..., in] @ W^T for a stored W [out, in]; W is packed from the mapped file, never transposed in memory. */
  linear(x: Value, source: TensorSource, output?: Value): Value {
    return this.op("ms:FusedMatMul", [x, this.weight(source)], { transB: 1, alpha: { float: 1 } }, output);
  }

  build(): Uint8Array {
    const model = create(ModelProtoSchema, {
      irVersion: 10n,
      producerName: "midstream",
      opsetImport: [{ domain: "", version: ONNX_OPSET }, { domain: MICROSOFT, version: 1n }],
      graph: {
        name: "graph",
        node: this.#nodes,
        initializer: [...this.#initializers.values()],
        input: this.#inputs,
        output: this.#outputs,
      },
    });
    return toBinary(ModelProtoSchema, model);
  }

  #fresh(stem: string): string {
    return `${stem.replace("ms:", "")}_${this.#count++}`;
  }
}

/** ONNX's number for a Cast's `to`. */
export function castTo(type: ElementType): number {
  return DATA_TYPE[type];
}

function attribute(name: string, value: Attribute): AttributeProto {
  if (typeof value === "number") {
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });
  }
  if (typeof value === "string") {
    return create(AttributeProtoSchema, { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) });
  }
  if ("float" in value) return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float });
  if ("body" in value) return create(AttributeProtoSchema, { name, type: AttributeType.GRAPH, g: value.body });
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) });
}

function valueInfo(name: string, type: ElementType, shape: readonly (number | string)[] | null): ValueInfoProto {
  if (shape === null) {
    const value = { case: "tensorType" as const, value: { elemType: DATA_TYPE[type] } };
    return create(ValueInfoProtoSchema, { name, type: { value } });
  }
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: "tensorType",
        value: {
          elemType: DATA_TYPE[type],
          shape: {
            dim: shape.map((d) =>
              typeof d === "number"
                ? { value: { case: "dimValue" as const, value: BigInt(d) } }
                : { value: { case: "dimParam" as const, value: d } }
            ),
          },
        },
      },
    },
  });
}
