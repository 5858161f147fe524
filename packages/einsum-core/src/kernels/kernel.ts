import type { DType } from '../base/dtype.ts';
import type { ContractionAxis, ContractionKernel } from './contraction.ts';
import type { Expression } from './expression.ts';

/** Elements of one buffer along a kernel's axes: offset + Σ index·stride, in elements. */
export interface Access {
  /** Position in the list of buffers that the kernel is called with. */
  readonly buffer: number;
  readonly dtype: DType;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** A value written at each element (or each row, where column strides are 0 and the value is a row's). */
export interface Store extends Access {
  readonly value: Expression;
  /** Added to what the kernel wrote before, starting from 0: a sum over the axes whose stride is 0. */
  readonly accumulate: boolean;
}

/**
 * How a row becomes one value. `largest` is the maximum where only its size matters: it may pass over NaN and take either
 * zero for the other, which makes it a single instruction.
 */
export type FoldOperation = 'sum' | 'maximum' | 'minimum' | 'largest';

/** One value per row from all of its columns. */
export interface Fold {
  readonly operation: FoldOperation;
  readonly value: Expression;
}

/**
 * Elementwise work and row-wise folds over one index space. The first `rowRank` axes are rows, the others columns. A
 * value may depend on the folds of its row (`reduced` leaves), which makes the columns pass again: softmax is three
 * passes over a row that stays in the cache.
 */
export interface LoopKernel {
  readonly kind: 'loop';
  readonly axes: readonly number[];
  readonly rowRank: number;
  readonly loads: readonly Access[];
  readonly folds: readonly Fold[];
  readonly stores: readonly Store[];
}

/**
 * out[o, i, j] = x[o, indices[i], j], or `missing` where the index is outside; per element, x[o, indices[o, i, j], j].
 * Buffers: x, indices, out; all contiguous.
 */
export interface GatherKernel {
  readonly kind: 'gather';
  readonly perElement: boolean;
  readonly outer: number;
  readonly size: number;
  readonly count: number;
  readonly inner: number;
  /** The bits of an element that is not there: NaN for floating types, 0 for integers. */
  readonly missing: number;
  /** Bytes of an element of x: 4, or 2. */
  readonly elementBytes: number;
}

/**
 * out = 0; out[o, indices[i], j] += updates[o, i, j] in order of i; per element, out[o, indices[o, i, j], j].
 * Buffers: indices, updates, out; all contiguous.
 */
export interface ScatterKernel {
  readonly kind: 'scatter';
  readonly isFloat: boolean;
  readonly perElement: boolean;
  readonly outer: number;
  readonly size: number;
  readonly count: number;
  readonly inner: number;
}

/**
 * out[o, i, j] = Σ_{h ≤ i} x[o, h, j], added one after the other; h < i if exclusive, from the end if reversed.
 * Buffers: x, out; both contiguous.
 */
export interface ScanKernel {
  readonly kind: 'scan';
  readonly isFloat: boolean;
  readonly outer: number;
  readonly count: number;
  readonly inner: number;
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

/**
 * out[o, i, j] = the place along the axis of the element that comes i-th in order; equal ones stay in order, NaN comes
 * last. Buffers: x, out; both contiguous.
 */
export interface SortKernel {
  readonly kind: 'argSort';
  readonly dtype: DType;
  readonly outer: number;
  readonly count: number;
  readonly inner: number;
  readonly descending: boolean;
}

/**
 * out = 0; out[o, p·stride + k·dilation, i] += x[o, p, i, k], in order of p: windows added back to where they were seen.
 * Buffers: x, out; both contiguous.
 */
export interface WindowSumKernel {
  readonly kind: 'windowSum';
  readonly outer: number;
  readonly positions: number;
  readonly inner: number;
  /** Elements of a window. */
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  /** Elements along the axis of the result. */
  readonly extent: number;
}

/** A strided contraction. Buffers: left, right, out; offsets in elements. */
export interface ContractionCall {
  readonly kind: 'contract';
  readonly contraction: ContractionKernel;
  readonly offsets: readonly [left: number, right: number];
  /** Elementwise work on each result in place of storing it, where a backend has put the two together. */
  readonly epilogue?: LoopKernel;
}

/** Where a tensor of an indexed contraction is found at a step: `index[offset + Σ position·strides] · stride` elements further on. */
export interface Lookup {
  readonly tensor: 'left' | 'right' | 'out';
  /** Elements of the tensor from one index to the next. */
  readonly stride: number;
  /** Indices from 0 to size − 1 lead somewhere. */
  readonly size: number;
  /** The first index that is read, and how far apart those of a step's neighbors are, along each axis of the steps. */
  readonly offset: number;
  readonly strides: readonly number[];
  /** Whether an axis of the step's own contraction leads on in the indices besides, as its `index` says. */
  readonly isWithin?: boolean;
}

/**
 * One contraction after another, of slices that indices pick: `steps` are walked in order, the last one fastest, and tensors move along by
 * their strides or are looked up. What a step finds at an index outside is NaN; what it would put there is dropped. With `out` looked up
 * the result starts as 0 and every step adds to it, in order; so do the steps after the first along an axis that is summed over.
 * Buffers: left, right, the index of each lookup, out; offsets and strides in elements.
 */
export interface IndexedContraction {
  readonly kind: 'indexedContraction';
  /** Of one step. */
  readonly contraction: ContractionKernel;
  readonly offsets: readonly [left: number, right: number];
  /** Summed axes come last. */
  readonly steps: readonly StepAxis[];
  readonly lookups: readonly Lookup[];
  /**
   * A sum of slices (see `sliceSumOf`) that is stored in place of the results, where a backend has put the two together: each slice of a result
   * is added where it belongs as soon as it is made. Buffers are then left, right, the index of each lookup, the sum's weights and index, out.
   */
  readonly added?: IndexedContraction;
}

/** An axis that an indexed contraction walks along; strides are 0 in a tensor that is looked up along it. */
export interface StepAxis extends ContractionAxis {
  /** Whether steps along it are added up. */
  readonly isSummed: boolean;
}

export type Kernel =
  | LoopKernel
  | GatherKernel
  | ScatterKernel
  | ScanKernel
  | SortKernel
  | WindowSumKernel
  | ContractionCall
  | IndexedContraction;

/** A kernel with the buffers it is called with: those it reads first. */
export interface KernelCall {
  readonly kernel: Kernel;
  readonly reads: readonly number[];
  readonly writes: readonly number[];
}
