import { BYTES_PER_ELEMENT, type DType } from '../base/dtype.ts';
import { sizeOf } from '../base/shape.ts';
import { contractionMacs } from '../kernels/contraction.ts';
import { constant } from '../kernels/expression.ts';
import type { FoldOperation, KernelCall } from '../kernels/kernel.ts';
import { contiguousView } from '../kernels/view.ts';
import { loadLowerings, loweringOf } from '../primitives/lowerings/index.ts';
import { chunkLongFolds } from './chunk-long-folds.ts';
import type { AddTemporary } from './chunk-row-sums.ts';
import type { Graph } from './graph.ts';
import { isFree } from './group-roles.ts';
import { groupValues, type Grouping } from './groups.ts';
import { contractionCall } from './lower-contraction.ts';
import { copyKernel, fillKernel, generatedKernel, lowerGroup } from './lower-loops.ts';
import { needsMemory } from './memory-needs.ts';
import { orderForMemory } from './order-for-memory.ts';
import { simplify } from './simplify.ts';
import { type StridedGraph, toStridedGraph } from './strided-graph.ts';

/** A buffer of a program: its size and what it is for. */
export interface ProgramBuffer {
  readonly dtype: DType;
  readonly elements: number;
  readonly role: 'input' | 'temporary';
}

/** Bytes that a buffer takes. */
export const bytesOf = ({ dtype, elements }: ProgramBuffer): number => BYTES_PER_ELEMENT[dtype] * elements;

/** A graph as kernels in the order they run, over numbered buffers: the input of every backend that has kernels. */
export interface LoweredProgram {
  readonly buffers: readonly ProgramBuffer[];
  readonly calls: readonly KernelCall[];
  /** Buffer of each input position. */
  readonly inputs: readonly number[];
  /** Buffer of each output; an output may be an input's buffer, and outputs may repeat. */
  readonly outputs: readonly number[];
  readonly macs: number;
  /** Bytes that kernels read and write, each buffer counted once per kernel. */
  readonly bytes: number;
}

/** Whether a loop adds rows up. */
const sumsRows = ({ kernel }: KernelCall): boolean =>
  kernel.kind === 'loop' && kernel.stores.some(({ accumulate }) => accumulate);

/** Simplify, turn views into strides, group loops, and write the kernels down. */
export async function lowerProgram(graph: Graph): Promise<LoweredProgram> {
  await loadLowerings(graph.nodes.flatMap((node) => (node.kind === 'operation' ? [node.name] : [])));
  const strided = toStridedGraph(simplify(graph));
  const grouping = groupValues(strided);
  const stored = needsMemory(strided, grouping);
  const buffers: ProgramBuffer[] = [];
  const bufferOf = strided.values.map((value, n) => {
    if (!stored[n]) return -1;
    return (
      buffers.push({
        dtype: value.dtype,
        elements: sizeOf(value.shape),
        role: value.work.kind === 'input' ? 'input' : 'temporary',
      }) - 1
    );
  });
  const addTemporary: AddTemporary = (dtype, elements) => buffers.push({ dtype, elements, role: 'temporary' }) - 1;
  const whole = unitsInOrder(strided, grouping).map((unit) =>
    unit.group === undefined
      ? lowerValue(strided, unit.value, bufferOf)
      : chunkLongFolds(lowerGroup(strided, grouping, unit.group, bufferOf), addTemporary),
  );
  const rows = whole.some((unit) => unit.some(sumsRows)) ? await import('./chunk-row-sums.ts') : undefined;
  const units = whole.map((unit) => unit.flatMap((call) => rows?.chunkRowSums(call, addTemporary) ?? [call]));
  const outputs = strided.outputs.map(({ source }) => bufferOf[source]);
  const handedOut = new Set(outputs);
  const temporaryBytes = buffers.map(({ role }, buffer) =>
    role === 'input' || handedOut.has(buffer) ? 0 : bytesOf(buffers[buffer]),
  );
  const calls = orderForMemory(units, { temporaryBytes }).flat();
  const inputs: number[] = [];
  strided.values.forEach((value, n) => {
    if (value.work.kind === 'input') inputs[value.work.position] = bufferOf[n];
  });
  const bytes = calls.reduce(
    (total, { reads, writes }) =>
      [...new Set([...reads, ...writes])].reduce((sum, id) => sum + bytesOf(buffers[id]), total),
    0,
  );
  const macs = calls.reduce(
    (total, { kernel }) => (kernel.kind === 'contract' ? total + contractionMacs(kernel.contraction) : total),
    0,
  );
  return { buffers, calls, inputs, outputs, macs, bytes };
}

type Unit =
  | { readonly group: number; readonly value?: undefined }
  | { readonly group?: undefined; readonly value: number };

/** Groups and single values, each after what it reads: the earliest possible value first. */
function unitsInOrder({ values }: StridedGraph, { groupOf, groups }: Grouping): Unit[] {
  const done = new Set<string>();
  const order: Unit[] = [];
  const unitOf = (n: number): Unit => (groupOf[n] >= 0 ? { group: groupOf[n] } : { value: n });
  const keyOf = (unit: Unit): string => (unit.group !== undefined ? `g${unit.group}` : `v${unit.value}`);
  const readsOf = (unit: Unit): number[] => {
    const members = unit.group !== undefined ? groups[unit.group].members : [unit.value];
    const own = new Set(members);
    return members.flatMap((n) => values[n].operands.map(({ source }) => source)).filter((source) => !own.has(source));
  };
  // depth first with an explicit stack: a unit is placed when all it reads is
  for (let n = 0; n < values.length; n++) {
    const stack: Unit[] = [unitOf(n)];
    for (let unit = stack.at(-1); unit !== undefined; unit = stack.at(-1)) {
      const key = keyOf(unit);
      const missing = done.has(key)
        ? []
        : readsOf(unit)
            .map(unitOf)
            .filter((read) => !done.has(keyOf(read)));
      if (missing.length > 0) {
        if (stack.length > values.length) throw new RangeError('lower: groups read each other in a circle');
        stack.push(missing[0]);
        continue;
      }
      stack.pop();
      if (!done.has(key)) order.push(unit);
      done.add(key);
    }
  }
  return order;
}

/** The kernels of a value that is in no group. */
function lowerValue({ values }: StridedGraph, n: number, bufferOf: readonly number[]): KernelCall[] {
  const value = values[n];
  const out = bufferOf[n];
  if (value.work.kind === 'input' || out < 0 || sizeOf(value.shape) === 0) return [];
  const read = (operand: number): number => bufferOf[value.operands[operand].source];
  switch (value.work.kind) {
    case 'contraction':
      return [contractionCall(value.work.parameters, value.operands, [read(0), read(1), out])];
    case 'kernel':
      return [{ kernel: value.work.kernel, reads: value.operands.map((_, operand) => read(operand)), writes: [out] }];
    case 'boxes': {
      const lowering = loweringOf(value.work.name);
      if (lowering.kind !== 'boxes') return [];
      const { background, starts } = lowering.boxes(
        value.operands.map(({ view, source }) => ({ shape: view.shape, dtype: values[source].dtype })),
        value.work.parameters,
        value,
      );
      const strides = contiguousView(value.shape).strides;
      const fill =
        background === undefined ? [] : [fillKernel(sizeOf(value.shape), constant(background, value.dtype), out)];
      const copies = value.operands.flatMap((operand, i) => {
        if (sizeOf(operand.view.shape) === 0) return [];
        const offset = starts[i].reduce((total, start, axis) => total + start * strides[axis], 0);
        return [copyKernel(operand.view, { shape: operand.view.shape, offset, strides }, value.dtype, read(i), out)];
      });
      return [...fill, ...copies];
    }
    case 'fold':
      // a fold of nothing: its neutral element everywhere
      return [fillKernel(sizeOf(value.shape), neutralOf(value.work.operation, value.dtype), out)];
    default:
      return isFree(value) ? [generatedKernel(value, out)] : [];
  }
}

/** What an empty fold gives: 0, −∞ or ∞ (for integers the smallest or largest). */
function neutralOf(operation: FoldOperation, dtype: DType): ReturnType<typeof constant> {
  if (operation === 'sum') return constant(0, dtype);
  const sign = operation === 'minimum' ? 1 : -1;
  if (dtype === 'f32') return constant(sign * Number.POSITIVE_INFINITY);
  return constant(sign < 0 ? -(2 ** 31) : 2 ** 31 - 1, dtype);
}
