import { message } from './protobuf.ts';

/**
 * A small writer of ONNX models. Field numbers and type codes are those of the format's definition.
 * Source: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */

const elementType = { float: 1, int32: 6, int64: 7, bool: 9 } as const;
const attributeType = { int: 2, string: 3, graph: 5, ints: 7 } as const;

/** Versions of the file format and of the operators; the newest operator used here is Loop 16. */
const irVersion = 8;
const operatorSetVersion = 17;

/** An element type by its name in this writer. */
export type ElementType = keyof typeof elementType;

/** The value of a node's attribute. */
export type Attribute = string | number | readonly number[] | Graph;

/** One operation: names of values in, names of values out. */
export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** A named value that a graph takes or gives. */
export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
}

/** A constant that the model carries. */
export interface Initializer extends ValueInfo {
  /** Little-endian elements, row-major. */
  readonly bytes: Uint8Array;
}

/** A graph: the model's own, or the body of a Loop. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly initializers?: readonly Initializer[];
}

/** An f32 constant. */
export function floats(name: string, shape: readonly number[], values: Float32Array): Initializer {
  return { name, type: 'float', shape, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

/** An i64 constant: a list, or a scalar for a single number. */
export function integers(name: string, values: number | readonly number[]): Initializer {
  const list = typeof values === 'number' ? [values] : values;
  const elements = BigInt64Array.from(list, BigInt);
  return {
    name,
    type: 'int64',
    shape: typeof values === 'number' ? [] : [list.length],
    bytes: new Uint8Array(elements.buffer),
  };
}

function attributeBytes(name: string, value: Attribute): Uint8Array {
  if (typeof value === 'string')
    return message([
      [1, name],
      [4, value],
      [20, attributeType.string],
    ]);
  if (typeof value === 'number')
    return message([
      [1, name],
      [3, value],
      [20, attributeType.int],
    ]);
  if ('nodes' in value)
    return message([
      [1, name],
      [6, graphBytes(value)],
      [20, attributeType.graph],
    ]);
  return message([
    [1, name],
    [8, value],
    [20, attributeType.ints],
  ]);
}

function nodeBytes(node: Node): Uint8Array {
  const attributes = Object.entries(node.attributes ?? {}).map(([name, value]) => attributeBytes(name, value));
  return message([
    [1, node.inputs],
    [2, node.outputs],
    [4, node.op],
    [5, attributes],
  ]);
}

function valueInfoBytes({ name, type, shape }: ValueInfo): Uint8Array {
  const dimensions = message([[1, shape.map((size) => message([[1, size]]))]]);
  const tensorType = message([
    [1, elementType[type]],
    [2, dimensions],
  ]);
  return message([
    [1, name],
    [2, message([[1, tensorType]])],
  ]);
}

function initializerBytes({ name, type, shape, bytes }: Initializer): Uint8Array {
  return message([
    [1, shape],
    [2, elementType[type]],
    [8, name],
    [9, bytes],
  ]);
}

function graphBytes(graph: Graph): Uint8Array {
  return message([
    [1, graph.nodes.map(nodeBytes)],
    [2, 'graph'],
    [5, (graph.initializers ?? []).map(initializerBytes)],
    [11, graph.inputs.map(valueInfoBytes)],
    [12, graph.outputs.map(valueInfoBytes)],
  ]);
}

/** The bytes of an ONNX file that holds the graph. */
export function modelBytes(graph: Graph): Uint8Array {
  const operatorSet = message([
    [1, ''],
    [2, operatorSetVersion],
  ]);
  return message([
    [1, irVersion],
    [2, 'einlab-bench'],
    [7, graphBytes(graph)],
    [8, operatorSet],
  ]);
}
