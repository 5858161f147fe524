import { BYTES_PER_ELEMENT, type DType } from '../../../base/dtype.ts';
import { type EinlabError, memoryError } from '../../../base/errors.ts';
import type { ContractionAxis } from '../../../kernels/contraction.ts';
import type { Access, KernelCall, LoopKernel } from '../../../kernels/kernel.ts';
import { partOf } from '../../../program/part-of-axis.ts';
import type { StoredCall, StoredContraction } from '../contraction/stored-operands.ts';
import type { LoopCall } from '../loops/split-accumulations.ts';

/** What a shader may be given of a program's buffers. */
export interface BindingRules {
  /** Bytes that a shader may be given of one buffer. */
  readonly limit: number;
  /** Where in a buffer that may start: at multiples of so many bytes. */
  readonly alignment: number;
  readonly bytesOf: (buffer: number) => number;
  /** A part of a buffer as a buffer of its own, by its number. */
  readonly addWindow: (buffer: number, startBytes: number, bytes: number) => number;
}

/** Elements of an operand that a kernel touches, from `low` to `high`, both included. */
interface Span {
  /** Position in the list of buffers. */
  readonly operand: number;
  readonly dtype: DType;
  readonly low: number;
  readonly high: number;
  /** Elements from the first to the last along each axis that may be cut. */
  readonly along: readonly number[];
}

/** How kernels of a kind are cut. */
interface Cutting<K> {
  readonly spans: (kernel: K) => Span[];
  /** The part in which the nth axis that may be cut goes from `start` for `count` steps. */
  readonly part: (kernel: K, axis: number, start: number, count: number) => K;
  readonly sizeOf: (kernel: K, axis: number) => number;
  /** The same kernel with operands that start so many elements later in their buffers. */
  readonly moved: (kernel: K, starts: readonly number[]) => K;
}

/** A loop as loops that a shader can be given, cut along rows, or along any axis where nothing is folded. */
export function cutLoop(call: LoopCall, rules: BindingRules, label: string): LoopCall[] {
  const { kernel } = call;
  const axes = kernel.folds.length > 0 ? kernel.rowRank : kernel.axes.length;
  return cutCall<LoopKernel, LoopCall>(call, rules, label, {
    spans: ({ loads, stores, axes: sizes }) =>
      [...loads, ...stores].map(({ buffer, dtype, offset, strides }) => ({
        operand: buffer,
        dtype,
        ...reach(
          offset,
          strides.map((stride, axis) => stride * Math.max(0, sizes[axis] - 1)),
        ),
        along: strides.slice(0, axes).map((stride, axis) => Math.abs(stride) * (sizes[axis] - 1)),
      })),
    part: partOf,
    sizeOf: (whole, axis) => whole.axes[axis],
    moved: (whole, starts) => {
      const move = <T extends Access>(access: T): T => ({ ...access, offset: access.offset - starts[access.buffer] });
      return { ...whole, loads: whole.loads.map(move), stores: whole.stores.map(move) };
    },
  });
}

/** A contraction as contractions that a shader can be given, cut along axes of the result. */
export function cutContraction(call: StoredCall, rules: BindingRules, label: string): StoredCall[] {
  const groups = ['batch', 'rows', 'columns'] as const;
  const freeOf = ({ contraction }: StoredContraction): ContractionAxis[] => groups.flatMap((name) => contraction[name]);
  const tensors = ['left', 'right', 'out'] as const;
  return cutCall<StoredContraction, StoredCall>(call, rules, label, {
    spans: (kernel) =>
      tensors.map((tensor, operand) => ({
        operand,
        dtype: kernel.types?.[operand] ?? 'f32',
        ...reach(
          placesOf(kernel)[operand],
          [...freeOf(kernel), ...kernel.contraction.contracted].map((axis) => axis[tensor] * (axis.size - 1)),
        ),
        along: freeOf(kernel).map((axis) => Math.abs(axis[tensor]) * (axis.size - 1)),
      })),
    sizeOf: (kernel, axis) => freeOf(kernel)[axis].size,
    part: (kernel, axis, start, count) => {
      const cut = freeOf(kernel)[axis];
      const shorten = (axes: readonly ContractionAxis[]): ContractionAxis[] =>
        axes.map((each) => (each === cut ? { ...each, size: count } : each));
      const { batch, rows, columns } = kernel.contraction;
      const contraction = {
        ...kernel.contraction,
        batch: shorten(batch),
        rows: shorten(rows),
        columns: shorten(columns),
      };
      const steps = tensors.map((tensor) => -start * cut[tensor]);
      return withPlaces({ ...kernel, contraction }, kernel, steps);
    },
    moved: (kernel, starts) => withPlaces(kernel, kernel, starts),
  });
}

const placesOf = ({ offsets, outOffset = 0 }: StoredContraction): readonly number[] => [...offsets, outOffset];

function withPlaces(kernel: StoredContraction, from: StoredContraction, starts: readonly number[]): StoredContraction {
  const [left, right, out] = placesOf(from).map((place, operand) => place - starts[operand]);
  return { ...kernel, offsets: [left, right], outOffset: out };
}

/** The first and last element from an offset, where axes lead so far up or down. */
function reach(offset: number, lengths: readonly number[]): { low: number; high: number } {
  let [low, high] = [offset, offset];
  for (const length of lengths) {
    if (length < 0) low += length;
    else high += length;
  }
  return { low, high };
}

function cutCall<K, C extends KernelCall & { readonly kernel: K }>(
  call: C,
  rules: BindingRules,
  label: string,
  cutting: Cutting<K>,
): C[] {
  const operands = [...call.reads, ...call.writes];
  const isLarge = operands.map((buffer) => rules.bytesOf(buffer) > rules.limit);
  if (!isLarge.includes(true)) return [call];
  /** Where a binding starts and how long it is, in bytes, that holds all that a kernel touches of a large buffer. */
  const windowOf = (kernel: K, buffer: number): { start: number; bytes: number } => {
    const spans = cutting.spans(kernel).filter(({ operand }) => operands[operand] === buffer);
    const low = Math.min(...spans.map((span) => span.low * BYTES_PER_ELEMENT[span.dtype]));
    const end = Math.max(...spans.map((span) => (span.high + 1) * BYTES_PER_ELEMENT[span.dtype]));
    const start = Math.floor(low / rules.alignment) * rules.alignment;
    return { start, bytes: 4 * Math.ceil((end - start) / 4) };
  };
  const large = [...new Set(operands.filter((_, operand) => isLarge[operand]))];
  const place = (kernel: K): C => {
    const windows = new Map(large.map((buffer) => [buffer, windowOf(kernel, buffer)]));
    const numbers = new Map(
      [...windows].map(([buffer, { start, bytes }]) => [buffer, rules.addWindow(buffer, start, bytes)]),
    );
    const starts = operands.map(() => 0);
    for (const { operand, dtype } of cutting.spans(kernel)) {
      starts[operand] = (windows.get(operands[operand])?.start ?? 0) / BYTES_PER_ELEMENT[dtype];
    }
    const numberOf = (buffer: number): number => numbers.get(buffer) ?? buffer;
    return {
      ...call,
      kernel: cutting.moved(kernel, starts),
      reads: call.reads.map(numberOf),
      writes: call.writes.map(numberOf),
    };
  };
  const cut = (kernel: K): K[] => {
    const tooLong = large.filter((buffer) => windowOf(kernel, buffer).bytes > rules.limit);
    if (tooLong.length === 0) return [kernel];
    const spans = cutting.spans(kernel).filter(({ operand }) => tooLong.includes(operands[operand]));
    const lengths = spans[0].along.map((_, axis) => Math.max(...spans.map(({ along }) => along[axis])));
    const axis = lengths.indexOf(Math.max(0, ...lengths));
    if (axis < 0 || lengths[axis] === 0) throw uncut(label, Math.max(...large.map(rules.bytesOf)), rules.limit);
    const size = cutting.sizeOf(kernel, axis);
    // parts of one length share their shader
    const half = 2 ** (Math.ceil(Math.log2(size)) - 1);
    return [cutting.part(kernel, axis, 0, half), cutting.part(kernel, axis, half, size - half)].flatMap(cut);
  };
  return cut(call.kernel).map(place);
}

/** The error for a kernel that needs more of a buffer at once than a shader may be given. */
export const uncut = (label: string, bytes: number, limit: number): EinlabError =>
  memoryError(
    `webgpu: the kernel "${label}" needs ${bytes} bytes of one tensor at once, which do not fit: a shader of this adapter is given ${limit} at most; nothing was changed. Use smaller tensors, or a wasm device`,
    { kernel: label, bytes, limit },
  );
