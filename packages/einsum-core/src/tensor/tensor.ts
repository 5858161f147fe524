import { DTYPES, type DType, type HostArray, type TypedArray } from '../base/dtype.ts';
import { dtypeError } from '../base/errors.ts';
import { countElements, type Shape } from '../base/shape.ts';
import type {
  Axes,
  CumulativeSumOptions,
  NestedArray,
  ReductionOptions,
  SortOptions,
  WindowOptions,
} from './arguments.ts';
import type { PrimitiveName } from './parameters.ts';

/** Memory on a device that holds a tensor's elements, row-major. Owned by whoever evaluated it. */
export interface KeptBuffer {
  /** The device, compared by identity; a tensor of one device cannot be used on another. */
  readonly device: object;
  readonly byteLength: number;
  /** False once released; using the tensor afterwards is an error. */
  readonly isLive: boolean;
  /** The elements as the host holds them: `f16` and `bf16` as their bits. */
  read(): Promise<HostArray>;
  release(): void;
}

/** Where a tensor's values come from. */
export type Origin =
  | {
      readonly kind: 'operation';
      readonly name: PrimitiveName;
      readonly inputs: readonly Tensor[];
      readonly parameters: unknown;
    }
  | { readonly kind: 'host'; readonly values: HostArray }
  | { readonly kind: 'kept'; readonly buffer: KeptBuffer }
  | { readonly kind: 'argument' };

/**
 * The chained form of every operation on one tensor, but those whose patterns need a parser of their own (`rearrange` and its like, which
 * a bundle without them leaves out): each is one line over the function of the same name. Here they are only types;
 * the package's entry installs them on the prototype, because operations stand above tensors.
 */
export interface TensorMethods {
  add(other: TensorLike): Tensor;
  subtract(other: TensorLike): Tensor;
  multiply(other: TensorLike): Tensor;
  divide(other: TensorLike): Tensor;
  power(other: TensorLike): Tensor;
  remainder(other: TensorLike): Tensor;
  maximum(other: TensorLike): Tensor;
  minimum(other: TensorLike): Tensor;
  equal(other: TensorLike): Tensor;
  notEqual(other: TensorLike): Tensor;
  less(other: TensorLike): Tensor;
  lessEqual(other: TensorLike): Tensor;
  greater(other: TensorLike): Tensor;
  greaterEqual(other: TensorLike): Tensor;
  logicalAnd(other: TensorLike): Tensor;
  logicalOr(other: TensorLike): Tensor;
  logicalXor(other: Tensor): Tensor;
  logicalNot(): Tensor;
  /** The first value where this is true, else the second. */
  where(whenTrue: TensorLike, whenFalse: TensorLike): Tensor;
  isNaN(): Tensor;
  isFinite(): Tensor;
  negate(): Tensor;
  abs(): Tensor;
  sign(): Tensor;
  floor(): Tensor;
  ceil(): Tensor;
  round(): Tensor;
  clip(low: number, high: number): Tensor;
  exp(): Tensor;
  expm1(): Tensor;
  log(): Tensor;
  log1p(): Tensor;
  sin(): Tensor;
  cos(): Tensor;
  erf(): Tensor;
  sqrt(): Tensor;
  rsqrt(): Tensor;
  square(): Tensor;
  reciprocal(): Tensor;
  tanh(): Tensor;
  sigmoid(): Tensor;
  relu(): Tensor;
  gelu(): Tensor;
  silu(): Tensor;
  softplus(): Tensor;
  leakyRelu(slope?: number): Tensor;
  cast(dtype: DType): Tensor;
  sum(axes?: Axes, options?: ReductionOptions): Tensor;
  mean(axes?: Axes, options?: ReductionOptions): Tensor;
  variance(axes?: Axes, options?: ReductionOptions): Tensor;
  max(axes?: Axes, options?: ReductionOptions): Tensor;
  min(axes?: Axes, options?: ReductionOptions): Tensor;
  prod(axes?: Axes, options?: ReductionOptions): Tensor;
  any(axes?: Axes, options?: ReductionOptions): Tensor;
  all(axes?: Axes, options?: ReductionOptions): Tensor;
  argMax(axis?: number): Tensor;
  argMin(axis?: number): Tensor;
  logSumExp(axes?: Axes, options?: ReductionOptions): Tensor;
  cumulativeSum(axis?: number, options?: CumulativeSumOptions): Tensor;
  softmax(axis?: number): Tensor;
  logSoftmax(axis?: number): Tensor;
  reshape(shape: Shape): Tensor;
  transpose(axes?: readonly number[]): Tensor;
  expandDims(axis: number): Tensor;
  squeeze(axes?: Axes): Tensor;
  broadcastTo(shape: Shape): Tensor;
  slice(starts: readonly number[], stops: readonly number[], steps?: readonly number[]): Tensor;
  split(parts: number, axis?: number): Tensor[];
  pad(before: readonly number[], after: readonly number[], value?: number): Tensor;
  window(options: WindowOptions): Tensor;
  flip(axes?: Axes): Tensor;
  tile(repeats: readonly number[]): Tensor;
  take(indices: Tensor, axis?: number): Tensor;
  takeAlongAxis(indices: Tensor, axis?: number): Tensor;
  /** Of indices: 1 where the class is the index, else 0. */
  oneHot(classes: number): Tensor;
  sort(axis?: number, options?: SortOptions): Tensor;
  argSort(axis?: number, options?: SortOptions): Tensor;
  topK(k: number, axis?: number): { values: Tensor; indices: Tensor };
  /** The elements, row-major, `f16` and `bf16` as f32: computes what is not computed yet, and keeps nothing. */
  data(): Promise<TypedArray>;
  /** The value of a tensor with one element. */
  item(): Promise<number>;
  /** The elements as nested arrays. */
  toArray(): Promise<NestedArray>;
  /** Releases a kept tensor's memory now instead of when it is collected; a no-op for others. */
  dispose(): void;
  [Symbol.dispose](): void;
}

export interface Tensor extends TensorMethods {}

/**
 * An immutable description of an array: shape, element type, and what it is computed from. Operations on it compute
 * nothing; `await tensor.data()` or `await evaluate(tensor)` does.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the methods are installed on the prototype in one place.
export class Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly size: number;
  readonly rank: number;
  /** @internal */
  readonly origin: Origin;

  constructor(shape: Shape, dtype: DType, origin: Origin) {
    this.shape = shape;
    this.dtype = dtype;
    const from = origin.kind === 'operation' ? origin.name : origin.kind;
    this.size = countElements(shape, from);
    if (!DTYPES.includes(dtype)) {
      throw dtypeError(`${from}: the element type is ${dtype}; expected ${DTYPES.join(' or ')}`, { dtype });
    }
    this.rank = shape.length;
    this.origin = origin;
  }

  toString(): string {
    const from = this.origin.kind === 'operation' ? this.origin.name : this.origin.kind;
    return `${this.dtype}[${this.shape.join(', ')}] from ${from}`;
  }
}

/** True for tensors. */
export const isTensor = (value: unknown): value is Tensor => value instanceof Tensor;

/** What operations accept where a tensor is expected: a number is a scalar of the other operand's type. */
export type TensorLike = Tensor | number;
