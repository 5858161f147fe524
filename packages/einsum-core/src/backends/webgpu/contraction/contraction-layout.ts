import {
  axesSize,
  type ContractionAxis,
  type NormalizedContraction,
  normalizeContraction,
} from '../../../kernels/contraction.ts';
import { type DType, isStorage } from '../../../base/dtype.ts';
import { addressOf, coordinateLines } from '../wgsl/addresses.ts';
import type { Bindings } from '../wgsl/shader.ts';
import { type ResultStore, resultStore } from './result-store.ts';
import type { StoredContraction } from './stored-operands.ts';

/** The tensors of a contraction. */
export type Tensor = 'left' | 'right' | 'out';

/** Elements along each group of axes. */
export interface ContractionSizes {
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

/** A contraction in the form that shaders want, with the place of each tensor. */
export interface ContractionLayout {
  readonly kernel: NormalizedContraction;
  readonly sizes: ContractionSizes;
  /** The variable of each tensor's buffer; none of a result that is not stored as it is. */
  readonly names: Readonly<Record<'left' | 'right', string> & Record<'out', string | undefined>>;
  readonly results: ResultStore;
  /** Where each tensor starts, in elements. */
  readonly offsets: Readonly<Record<Tensor, number>>;
  /** Element types in memory; whatever they are, they are multiplied and added in f32. */
  readonly types: Readonly<Record<Tensor, DType>>;
}

/** Elements along each group of axes. */
export const sizesOf = ({ batch, rows, columns, contracted }: NormalizedContraction): ContractionSizes => ({
  batch: axesSize(batch),
  rows: axesSize(rows),
  columns: axesSize(columns),
  depth: axesSize(contracted),
});

/** Normalizes a contraction; its operands may change places. */
export function contractionLayout(call: StoredContraction, bindings: Bindings): ContractionLayout {
  const { contraction, offsets, types = ['f32', 'f32'], outOffset = 0 } = call;
  const { names } = bindings;
  const results = resultStore(call, bindings);
  const kernel = normalizeContraction(contraction);
  const [left, right] = kernel.swapped ? [1, 0] : [0, 1];
  return {
    kernel,
    sizes: sizesOf(kernel),
    names: { left: names[left], right: names[right], out: results.plain },
    results,
    offsets: { left: offsets[left], right: offsets[right], out: outOffset },
    types: { left: types[left], right: types[right], out: 'f32' },
  };
}

/** A WGSL function from the position along a group of axes to the offset in a tensor, in elements. */
export function offsetFunction(tensor: Tensor, group: string, axes: readonly ContractionAxis[]): string {
  const nameOf = (axis: number): string => `i${axis}`;
  const sizes = axes.map(({ size }) => Math.max(1, size));
  const lines = coordinateLines('position', sizes, nameOf);
  const address = addressOf({ offset: 0, strides: axes.map((axis) => axis[tensor]) }, nameOf);
  return `fn ${tensor}_${group}(position: u32) -> u32 { ${[...lines, `return ${address};`].join(' ')} }`;
}

/** Whether no other tensor of the contraction lies in the tensor's buffer. */
export const isAlone = (names: ContractionLayout['names'], tensor: Tensor): boolean =>
  Object.values(names).filter((name) => name === names[tensor]).length === 1;

/** Whether a tensor lies in groups of four elements of its innermost of these axes, each of which one load can bring. */
export function liesInFours(
  { kernel, names, offsets }: ContractionLayout,
  tensor: 'left' | 'right',
  along: readonly ContractionAxis[],
): boolean {
  const inner = along.at(-1);
  if (inner === undefined || inner[tensor] !== 1 || inner.size % 4 !== 0) return false;
  const free = tensor === 'left' ? kernel.rows : kernel.columns;
  const others = [...kernel.batch, ...free, ...kernel.contracted].filter((axis) => axis !== inner);
  return (
    [offsets[tensor], ...others.map((axis) => axis[tensor])].every((step) => step % 4 === 0) && isAlone(names, tensor)
  );
}

/** Four elements from an address that is a multiple of four, as a vector, of a tensor whose buffer is declared as `foursType` says. */
export function foursAt({ names, types }: ContractionLayout, tensor: 'left' | 'right', address: string): string {
  const fours = `${names[tensor]}[(${address}) / 4u]`;
  return isStorage(types[tensor]) ? `${types[tensor]}_fours(${fours})` : `bitcast<vec4f>(${fours})`;
}

/** What a buffer is declared as that is read by fours: of as many as `extent` elements, or of any number. */
export function foursType({ types }: ContractionLayout, tensor: 'left' | 'right', extent?: number): string {
  const vector = isStorage(types[tensor]) ? 'vec2u' : 'vec4u';
  return extent === undefined ? `array<${vector}>` : `array<${vector}, ${extent / 4}>`;
}

/** One element of an operand, as f32. */
export function operandAt({ names, types }: ContractionLayout, tensor: 'left' | 'right', address: string): string {
  const type = types[tensor];
  if (!isStorage(type)) return `bitcast<f32>(${names[tensor]}[${address}])`;
  return `${type}_at(${names[tensor]}[(${address}) / 2u], ${address})`;
}

/** The functions that `operandAt`, `foursAt` and the store of results call. */
export const layoutHelpers = ({ types, results }: ContractionLayout): string[] => [
  ...[types.left, types.right].filter(isStorage).flatMap((type) => [`${type}_at`, `${type}_fours`]),
  ...results.helpers,
];

/** Elements from a buffer's start to the last that a contraction uses of it. */
export function extentOf({ kernel, offsets }: ContractionLayout, tensor: Tensor): number {
  const axes = [...kernel.batch, ...kernel.rows, ...kernel.columns, ...kernel.contracted];
  return axes.reduce((end, axis) => end + Math.max(0, axis[tensor]) * Math.max(0, axis.size - 1), offsets[tensor] + 1);
}

/** Whole numbers from 0. */
export const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
