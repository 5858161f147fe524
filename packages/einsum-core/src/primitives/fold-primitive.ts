import { dtypeError } from '../base/errors.ts';
import { sizeOf, stridesOf } from '../base/shape.ts';
import type { FoldOperation } from '../kernels/kernel.ts';
import { broadcastTo, cast, divide, equal, multiply } from '../operations/elementwise.ts';
import { sum } from '../operations/reductions.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveName } from '../tensor/parameters.ts';
import type { Call, Primitive } from '../tensor/primitive.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { behind, inFront } from './batching.ts';

interface Parameters {
  readonly axes: readonly number[];
}

/** The output, stretched back along the folded axes. */
function stretched(call: Call<Parameters>, reduced: Tensor): Tensor {
  const { shape } = call.inputs[0];
  const kept = shape.map((_, axis) => axis).filter((axis) => !call.parameters.axes.includes(axis));
  return apply('broadcast', [reduced], { shape, axes: kept });
}

/** 1/(number of ties) where the extreme is attained, 0 elsewhere: the derivative shared equally among ties. */
function share(call: Call<Parameters>): Tensor {
  const attained = cast(equal(call.inputs[0], stretched(call, call.output)), 'f32');
  const ties = sum(attained, call.parameters.axes);
  return divide(attained, broadcastTo(stretched(call, ties), attained.shape));
}

/** The record of a fold with max or min over axes. */
export function foldPrimitive(
  name: PrimitiveName,
  operation: Exclude<FoldOperation, 'sum'>,
  pick: (a: number, b: number) => number,
  empty: number,
): Primitive<Parameters> {
  return {
    name,
    shapeRule([input], { axes }) {
      if (input.dtype !== 'f32' && input.dtype !== 'i32')
        throw dtypeError(`${name}: operand is ${input.dtype}; expected f32 or i32`, { dtype: input.dtype });
      return { shape: input.shape.filter((_, axis) => !axes.includes(axis)), dtype: input.dtype };
    },
    vjp: (call, cotangent) => [call.output.dtype === 'f32' ? multiply(stretched(call, cotangent), share(call)) : null],
    jvp: (call, [tangent]) => (tangent === null ? null : sum(multiply(tangent, share(call)), call.parameters.axes)),
    batch: inFront(name, ({ axes }) => ({ axes: behind(axes) })),
    reference([input], { axes }, output) {
      // For integers the neutral element is the smallest (largest) i32, as no infinity exists.
      const start = output.dtype === 'f32' ? empty : empty < 0 ? -(2 ** 31) : 2 ** 31 - 1;
      const result = new Float64Array(sizeOf(output.shape)).fill(start);
      const strides = stridesOf(input.shape);
      const kept = input.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
      const outputStrides = stridesOf(output.shape);
      input.values.forEach((value, at) => {
        let to = 0;
        kept.forEach((axis, i) => {
          to += (Math.floor(at / strides[axis]) % input.shape[axis]) * outputStrides[i];
        });
        result[to] = pick(result[to], value);
      });
      return result;
    },
    lowering: { kind: 'fold', operation, axes: (parameters) => parameters.axes },
    examples: [
      { inputs: [{ shape: [2, 5], dtype: 'f32' }], parameters: { axes: [1] }, awkward: [0, -0, 1, 1, -1e30, 1e30] },
      { inputs: [{ shape: [3, 2], dtype: 'f32' }], parameters: { axes: [0] } },
      { inputs: [{ shape: [3, 2], dtype: 'f32' }], parameters: { axes: [0, 1] } },
      { inputs: [{ shape: [2, 0], dtype: 'f32' }], parameters: { axes: [1] } },
      { inputs: [{ shape: [2, 3, 2], dtype: 'i32' }], parameters: { axes: [1] } },
    ],
  };
}
