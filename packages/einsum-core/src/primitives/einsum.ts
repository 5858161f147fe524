import { assertType } from '../base/assert-type.ts';
import { shapeError } from '../base/errors.ts';
import { formatShape } from '../base/shape.ts';
import { equal, where } from '../operations/elementwise.ts';
import { contractPair } from '../operations/einsum.ts';
import { apply } from '../tensor/apply.ts';
import { iota } from '../tensor/create.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import type { Tensor } from '../tensor/tensor.ts';

type Parameters = PrimitiveParameters['einsum'];

/** The transpose of a one-operand einsum: repeat along summed axes, and put diagonals back on their diagonal. */
function spread(
  cotangent: Tensor,
  axes: readonly number[],
  output: readonly number[],
  sizes: readonly number[],
): Tensor {
  const shape = axes.map((axis) => sizes[axis]);
  const places = output.map((axis) => axes.indexOf(axis));
  let result = apply('broadcast', [cotangent], { shape, axes: places });
  axes.forEach((axis, i) => {
    const first = axes.indexOf(axis);
    if (first !== i) result = where(equal(iota(shape, first), iota(shape, i)), result, 0);
  });
  return result;
}

/**
 * out[output] = Σ Π operands over the axes that the output lacks, for one operand (which may repeat axes) or two (which
 * may not, and whose axes are each in the other operand or in the output). Its derivative in an operand is an einsum of the others.
 */
export const einsum: Primitive<Parameters> = {
  name: 'einsum',
  shapeRule(inputs, { operands, output, sizes }) {
    inputs.forEach((input, i) => {
      const expected = operands[i].map((axis) => sizes[axis]);
      if (formatShape(input.shape) !== formatShape(expected)) {
        throw shapeError(
          `einsum: operand ${i + 1} has shape ${formatShape(input.shape)}; expected ${formatShape(expected)}`,
          { shape: input.shape, expected },
        );
      }
      const isSummed = operands[i].some((axis) => !output.includes(axis));
      if (inputs.length === 1 && !isSummed) return;
      // of one operand users know the sum
      const culprit = inputs.length === 1 ? 'sum: the operand is' : `einsum: operand ${i + 1} is`;
      assertType(culprit, input, inputs.length === 1 ? ['f32', 'i32'] : ['f32']);
    });
    return { shape: output.map((axis) => sizes[axis]), dtype: inputs[0].dtype };
  },
  vjp(call, cotangent) {
    const { operands, output, sizes } = call.parameters;
    if (operands.length === 1) return [spread(cotangent, operands[0], output, sizes)];
    const seed = { tensor: cotangent, axes: output };
    return call.inputs.map(
      (_, i) => contractPair(seed, { tensor: call.inputs[1 - i], axes: operands[1 - i] }, operands[i]).tensor,
    );
  },
  moves: ({ operands, output }) => operands.length === 1 && operands[0].every((axis) => output.includes(axis)),
};
