import { assertOperand } from '../base/assert-type.ts';
import { broadcastTo, cast, divide, equal, multiply } from '../operations/elementwise.ts';
import { sum } from '../operations/reductions.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveName } from '../tensor/parameters.ts';
import type { Call, Primitive } from '../tensor/primitive.ts';
import type { Tensor } from '../tensor/tensor.ts';

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
export function shareOfTies(call: Call<Parameters>): Tensor {
  const attained = cast(equal(call.inputs[0], stretched(call, call.output)), 'f32');
  const ties = sum(attained, call.parameters.axes);
  return divide(attained, broadcastTo(stretched(call, ties), attained.shape));
}

/**
 * The record of a fold with max or min over axes.
 *
 * @param operation - what users call it
 */
export const foldPrimitive = (name: PrimitiveName, operation: string): Primitive<Parameters> => ({
  name,
  shapeRule([input], { axes }) {
    assertOperand(input, operation, ['f32', 'i32']);
    return { shape: input.shape.filter((_, axis) => !axes.includes(axis)), dtype: input.dtype };
  },
  vjp: (call, cotangent) => [
    call.output.dtype === 'f32' ? multiply(stretched(call, cotangent), shareOfTies(call)) : null,
  ],
});
