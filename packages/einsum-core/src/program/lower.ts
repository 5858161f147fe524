import { BYTES_PER_ELEMENT, type DType } from '../base/dtype.ts';
import { sizeOf } from '../base/shape.ts';
import type { KernelCall } from '../kernels/kernel.ts';
import { kernelMacs } from '../kernels/kernel-macs.ts';
import { loadLowerings } from '../primitives/lowerings/index.ts';
import { chunkLongFolds } from './chunk-long-folds.ts';
import type { AddTemporary } from './chunk-row-sums.ts';
import type { Graph } from './graph.ts';
import { groupValues, type Grouping } from './groups.ts';
import { contractionCall } from './lower-contraction.ts';
import { lowerGroup } from './lower-loops.ts';
import { needsMemory } from './memory-needs.ts';
import { orderForMemory } from './order-for-memory.ts';
import { simplify } from './simplify.ts';
import type * as RareValues from './rare-values.ts';
import { type StridedGraph, type StridedValue, toStridedGraph } from './strided-graph.ts';

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

/** Which contractions may look slices up: see `LoweringWishes`. */
export type IndexedContractions = 'all' | 'reads' | 'rows';

/** What a backend has besides the kernels that all have. */
export interface LoweringWishes {
  /**
   * Contractions that look slices up by index, so that no copy is made for them: `all` that there are, or those alone that have `reads` of
   * matrices, one or several for each step, or add weighted slices up, and add nothing to where an index says; with `rows` these, the same that
   * look rows of their matrices up one by one, and those that add products of matrices to slices that are large together. None without it.
   */
  readonly indexedContractions?: IndexedContractions;
  /** Loops over rows leave logarithms that end there to loops over their results. */
  readonly logarithmsApart?: boolean;
}

/** Whether slices are picked by index, or added up by it. */
const isLookup = ({ work }: StridedValue): boolean =>
  work.kind === 'kernel' && (work.kernel.kind === 'gather' || work.kernel.kind === 'scatter');

/** Simplify, turn views into strides, group loops, and write the kernels down. */
export async function lowerProgram(
  graph: Graph,
  { indexedContractions, logarithmsApart }: LoweringWishes = {},
): Promise<LoweredProgram> {
  await loadLowerings(graph.nodes.flatMap((node) => (node.kind === 'operation' ? [node.name] : [])));
  const plain = toStridedGraph(simplify(graph));
  const strided =
    indexedContractions !== undefined &&
    plain.values.some(isLookup) &&
    plain.values.some(({ work }) => work.kind === 'contraction')
      ? (await import('./index-contractions.ts')).indexContractions(plain, indexedContractions)
      : plain;
  const hasLogarithm = strided.values.some(({ work }) => work.kind === 'elementwise' && work.name === 'log');
  const apart = logarithmsApart && hasLogarithm ? await import('./logarithms-apart.ts') : undefined;
  const grouping = groupValues(strided, apart?.logarithmsApart);
  const needs = needsMemory(strided, grouping);
  const { stored } = needs;
  if (needs.readers.size > 0) (await import('./recompute.ts')).storeOrRecompute(strided, grouping, needs);
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
  const inOrder = unitsInOrder(strided, grouping);
  const rare = inOrder.some(
    (unit) => unit.group === undefined && bufferOf[unit.value] >= 0 && isRare(strided.values[unit.value]),
  )
    ? await import('./rare-values.ts')
    : undefined;
  // a group of which nothing is stored has been computed where it is read
  const loopsOf = (call: KernelCall): KernelCall[] =>
    call.writes.length > 0 ? chunkLongFolds(call, addTemporary) : [];
  const whole = inOrder.map((unit) =>
    unit.group === undefined
      ? lowerValue(strided, unit.value, bufferOf, rare)
      : loopsOf(lowerGroup(strided, grouping, unit.group, bufferOf)),
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
  const macs = calls.reduce((total, { kernel }) => total + kernelMacs(kernel), 0);
  return { buffers, calls, inputs, outputs, macs, bytes };
}

/** Whether a value in no group takes kernels that few programs have: boxes, folds of nothing, coordinates written out. */
const isRare = ({ work: { kind } }: StridedValue): boolean =>
  kind !== 'input' && kind !== 'contraction' && kind !== 'kernel';

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
function lowerValue(
  graph: StridedGraph,
  n: number,
  bufferOf: readonly number[],
  rare: typeof RareValues | undefined,
): KernelCall[] {
  const { values } = graph;
  const value = values[n];
  const out = bufferOf[n];
  if (value.work.kind === 'input' || out < 0 || sizeOf(value.shape) === 0) return [];
  const read = (operand: number): number => bufferOf[value.operands[operand].source];
  switch (value.work.kind) {
    case 'contraction':
      return [contractionCall(value.work.parameters, value.operands, [read(0), read(1), out])];
    case 'kernel':
      return [{ kernel: value.work.kernel, reads: value.operands.map((_, operand) => read(operand)), writes: [out] }];
    default:
      return rare?.lowerRareValue(graph, n, bufferOf) ?? [];
  }
}
