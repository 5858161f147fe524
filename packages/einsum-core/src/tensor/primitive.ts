import type { DType } from '../base/dtype.ts';
import type { Shape } from '../base/shape.ts';
import type { Expression } from '../kernels/expression.ts';
import type { FoldOperation, Kernel } from '../kernels/kernel.ts';
import type { View } from '../kernels/view.ts';
import type { Tensor } from './tensor.ts';

/** What is known of a tensor before anything is computed. */
export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Values with their type, as the reference loops see them: every element type is held in f64, row-major. */
export interface ReferenceArray extends TensorType {
  readonly values: Float64Array;
}

/** One application of a primitive, as its derivative rules see it. */
export interface Call<Parameters> {
  readonly inputs: readonly Tensor[];
  readonly parameters: Parameters;
  readonly output: Tensor;
}

/** One application for every example of a batch. What is batched has one more axis than the primitive expects, the first. */
export interface BatchedCall<Parameters> {
  /** Some are batched; the others are the same for every example. */
  readonly inputs: readonly Tensor[];
  readonly isBatched: readonly boolean[];
  /** Number of examples. */
  readonly size: number;
  readonly parameters: Parameters;
}

/** The outputs for all examples along a new first axis, or the one output that they share. */
export type BatchedOutput = Tensor | { readonly shared: Tensor };

/** How a backend turns an application into kernels. */
export type Lowering<Parameters = unknown> =
  /** One scalar expression per element; all inputs have the output's shape. `position` is the row-major index, as i32. */
  | {
      readonly kind: 'elementwise';
      expression(inputs: readonly Expression[], parameters: Parameters, output: TensorType): Expression;
    }
  /**
   * As elementwise, but computed from coordinates: `index(axis)` is the i32 coordinate, `element(input, at)` the element
   * `at` of an input's last axis. The input's axes in front of that are the first ones of the output.
   */
  | {
      readonly kind: 'generated';
      expression(
        index: (axis: number) => Expression,
        element: (input: number, at: number) => Expression,
        parameters: Parameters,
        output: TensorType,
      ): Expression;
    }
  /** No work at all where strides can say it; `undefined` asks for a contiguous copy of the input first. */
  | { readonly kind: 'view'; view(input: View, parameters: Parameters, output: TensorType): View | undefined }
  /** Einsum of one or two operands. */
  | { readonly kind: 'einsum' }
  /** A fold over axes with max or min. */
  | {
      readonly kind: 'fold';
      readonly operation: Exclude<FoldOperation, 'sum'>;
      axes(parameters: Parameters): readonly number[];
    }
  /** Several inputs written into boxes of the output, on a background value. */
  | {
      readonly kind: 'boxes';
      boxes(
        inputs: readonly TensorType[],
        parameters: Parameters,
        output: TensorType,
      ): { background: number | undefined; starts: readonly (readonly number[])[] };
    }
  /** One kernel of its own, over whole tensors in row-major order: its buffers are the inputs, then the output. */
  | {
      readonly kind: 'kernel';
      kernel(inputs: readonly TensorType[], parameters: Parameters, output: TensorType): Kernel;
    };

/** Inputs and parameters that the laws are checked at. */
export interface Example<Parameters> {
  readonly inputs: readonly TensorType[];
  readonly parameters: Parameters;
  /** Where ordinary values are drawn from; default [−2, 2]. */
  readonly domain?: readonly [low: number, high: number];
  /** Values at which the operation must agree with its definition: zeros, ties, large magnitudes, NaN, infinities. */
  readonly awkward?: readonly number[];
  /** Nothing is promised beyond this magnitude, so no law asks; default no end. */
  readonly largest?: number;
  /** Nothing is promised where an input is NaN. */
  readonly isNumbersOnly?: boolean;
  /** Integer inputs are drawn from [0, limit). */
  readonly integerLimit?: number;
}

/**
 * What building graphs needs to know of a primitive operation. The derivative rules are written with tensor operations, so
 * they can be differentiated again. What it computes, and how, stands beside it: its `Definition` and its `Lowering`.
 */
export interface Primitive<Parameters = unknown> {
  readonly name: string;
  /** The output's type, or an error that names the operation and both shapes. */
  shapeRule(inputs: readonly TensorType[], parameters: Parameters): TensorType;
  /** ∂L/∂inputs from ∂L/∂output; `null` where there is no derivative. */
  vjp(call: Call<Parameters>, cotangent: Tensor): readonly (Tensor | null)[];
  /**
   * Whether this application only moves its inputs' values (or converts them), so that `f16` and `bf16` go through as they
   * are. Without it, and for others, `apply` reads such inputs as f32.
   */
  moves?(parameters: Parameters): boolean;
}

/** The directional derivative of a primitive's output; a `null` tangent is zero. */
export type ForwardRule<Parameters = unknown> = (
  call: Call<Parameters>,
  tangents: readonly (Tensor | null)[],
) => Tensor | null;

/** A primitive's outputs for a batch; at least one input is batched, where there are inputs. */
export type BatchingRule<Parameters = unknown> = (call: BatchedCall<Parameters>) => BatchedOutput;

/** What a primitive computes, and where that is checked. */
export interface Definition<Parameters = unknown> {
  /** The definition, as obvious loops in f64. */
  reference(inputs: readonly ReferenceArray[], parameters: Parameters, output: TensorType): Float64Array;
  readonly examples: readonly Example<Parameters>[];
}

/** A primitive with its definition and its lowering: what the laws are about. */
export interface DefinedPrimitive<Parameters = unknown> extends Primitive<Parameters>, Definition<Parameters> {
  readonly lowering: Lowering<Parameters>;
}
