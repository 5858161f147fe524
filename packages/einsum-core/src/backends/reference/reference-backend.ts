import { decodeAll16, encodeAll16 } from '@einlab/numerics';
import { type DType, type HostArray, isStorage } from '../../base/dtype.ts';
import { deviceError, memoryError } from '../../base/errors.ts';
import { formatShape, sizeOf } from '../../base/shape.ts';
import type { Backend, Executable, KernelRun } from '../../program/backend.ts';
import type { Graph, GraphNode } from '../../program/graph.ts';
import { definitionOf } from '../../primitives/definitions/index.ts';
import { elementwiseRules } from '../../primitives/elementwise-rules.ts';
import type { PrimitiveParameters } from '../../tensor/parameters.ts';
import type { ReferenceArray, TensorType } from '../../tensor/primitive.ts';
import type { KeptBuffer } from '../../tensor/tensor.ts';

interface ReferenceBuffer extends KeptBuffer {
  readonly values: Float64Array;
}

/** Bytes of the largest array: what WebAssembly's memory can hold, so that a mistake does not fill the machine. */
const LARGEST = 2 ** 32;

function assertFits(what: string, { shape }: TensorType): void {
  const bytes = 8 * sizeOf(shape);
  if (bytes <= LARGEST) return;
  throw memoryError(
    `reference: ${bytes} bytes for ${what} of shape ${formatShape(shape)} do not fit: the limit is ${LARGEST}; nothing was changed. Use smaller tensors`,
    { requested: bytes, limit: LARGEST, shape },
  );
}

/** A primitive as a kernel: what it computes is counted as one operation per element of its result, or per product summed. */
function describeRun(
  { name, parameters, shape, dtype }: Extract<GraphNode, { kind: 'operation' }>,
  inputs: readonly TensorType[],
  milliseconds: number,
): KernelRun {
  const elements = [...inputs.map((input) => sizeOf(input.shape)), sizeOf(shape)].reduce((sum, size) => sum + size, 0);
  const products = name === 'einsum' && hasSizes(parameters) ? 2 * sizeOf(parameters.sizes) : 0;
  return {
    kind: name,
    description: `${dtype}${formatShape(shape)}`,
    milliseconds,
    bytes: 8 * elements,
    flops: name in elementwiseRules ? sizeOf(shape) : products,
  };
}

const hasSizes = (parameters: unknown): parameters is PrimitiveParameters['einsum'] =>
  typeof parameters === 'object' && parameters !== null && 'sizes' in parameters;

/** Runs each primitive's definition, one after another, in f64: no fusion, no planning, nothing to get wrong. */
function runGraph(graph: Graph, inputs: readonly Float64Array[], observe?: (run: KernelRun) => void): Float64Array[] {
  const values: ReferenceArray[] = [];
  for (const node of graph.nodes) {
    const { shape, dtype } = node;
    const started = observe === undefined ? 0 : performance.now();
    if (node.kind === 'operation') assertFits(node.name, node);
    const result =
      node.kind === 'input'
        ? inputs[node.position]
        : sizeOf(shape) === 0 // of no elements, whose definition could still loop over 2³¹ rows of nothing
          ? new Float64Array(0)
          : definitionOf(node.name).reference(
              node.inputs.map((id) => values[id]),
              node.parameters,
              node,
            );
    if (result.length !== sizeOf(shape)) {
      throw deviceError(
        `reference: ${node.kind === 'input' ? 'input' : node.name} gave ${result.length} values for ${sizeOf(shape)} elements`,
      );
    }
    values.push({ shape, dtype, values: result });
    if (observe !== undefined && node.kind === 'operation') {
      const milliseconds = performance.now() - started;
      observe(
        describeRun(
          node,
          node.inputs.map((id) => values[id]),
          milliseconds,
        ),
      );
    }
  }
  return graph.outputs.map((id) => values[id].values);
}

/** The oracle: the definitions of the primitives as loops in f64. Reading an f32 tensor gives a `Float64Array`. */
export function createReferenceBackend(): Backend {
  let live = 0;
  let peak = 0;
  let closed = false;

  const keep = (values: Float64Array, dtype: DType): ReferenceBuffer => {
    let isLive = true;
    live += values.byteLength;
    peak = Math.max(peak, live);
    return {
      device: backend,
      byteLength: values.byteLength,
      values,
      get isLive() {
        return isLive && !closed;
      },
      async read(): Promise<HostArray> {
        if (isStorage(dtype)) return encodeAll16(dtype, values);
        if (dtype === 'f32') return values.slice();
        return dtype === 'i32' ? Int32Array.from(values) : Uint32Array.from(values);
      },
      release() {
        if (isLive) live -= values.byteLength;
        isLive = false;
      },
    };
  };

  const valuesOf = (buffer: KeptBuffer): Float64Array => {
    if (!('values' in buffer) || !(buffer.values instanceof Float64Array))
      throw deviceError('reference: a buffer of another device was passed in');
    return buffer.values;
  };

  const backend: Backend = {
    kind: 'reference',
    capabilities: { precision: 'f64', threads: 1 },
    async compile(graph): Promise<Executable> {
      return {
        run: (inputs, observe) =>
          runGraph(graph, inputs.map(valuesOf), observe).map((values, i) =>
            keep(values.slice(), graph.nodes[graph.outputs[i]].dtype),
          ),
        explainer: async () => () =>
          `reference program: ${graph.nodes.length} primitives, each by its definition in f64`,
        release() {},
      };
    },
    upload: (values, dtype) => keep(Float64Array.from(isStorage(dtype) ? decodeAll16(dtype, values) : values), dtype),
    memory: () => ({ live, pooled: 0, peak }),
    close() {
      closed = true;
      live = 0;
    },
  };
  return backend;
}
