import { dtypeError, shapeError } from '../base/errors.ts';
import { formatShape, sizeOf, stridesOf } from '../base/shape.ts';
import { add, equal, where } from '../operations/elementwise.ts';
import { contractPair } from '../operations/einsum.ts';
import { apply } from '../tensor/apply.ts';
import { iota } from '../tensor/create.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Call, Primitive } from '../tensor/primitive.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { behind } from './batching.ts';

type Parameters = PrimitiveParameters['einsum'];

/** Stride of each axis of the einsum within an operand; a repeated axis walks the diagonal, an absent one stands still. */
function axisStrides(axes: readonly number[], sizes: readonly number[]): number[] {
  const strides = stridesOf(axes.map((axis) => sizes[axis]));
  const result = new Array<number>(sizes.length).fill(0);
  axes.forEach((axis, i) => {
    result[axis] += strides[i];
  });
  return result;
}

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

function linearIn(call: Call<Parameters>, input: number, tangent: Tensor): Tensor {
  const { operands, output } = call.parameters;
  if (operands.length === 1) return apply('einsum', [tangent], call.parameters);
  const other = { tensor: call.inputs[1 - input], axes: operands[1 - input] };
  const own = { tensor: tangent, axes: operands[input] };
  return (input === 0 ? contractPair(own, other, output) : contractPair(other, own, output)).tensor;
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
      const isAccepted = inputs.length === 1 && (input.dtype === 'i32' || !isSummed);
      if (input.dtype !== 'f32' && !isAccepted) {
        const needs = inputs.length === 2 ? 'products need f32' : 'sums need f32 or i32';
        throw dtypeError(`einsum: operand ${i + 1} is ${input.dtype}; ${needs}, use cast`, { dtype: input.dtype });
      }
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
  jvp: (call, tangents) =>
    tangents.reduce<Tensor | null>((total, tangent, i) => {
      if (tangent === null) return total;
      const term = linearIn(call, i, tangent);
      return total === null ? term : add(total, term);
    }, null),
  // one more axis, in the operands that have it and in the output
  batch({ inputs, isBatched, size, parameters: { operands, output, sizes } }) {
    const labelled = inputs.map((tensor, i) => ({
      tensor,
      axes: isBatched[i] ? [0, ...behind(operands[i])] : behind(operands[i]),
    }));
    const [{ axes }] = labelled;
    const outputAxes = [0, ...behind(output)];
    if (labelled.length === 1)
      return apply('einsum', inputs, { operands: [axes], output: outputAxes, sizes: [size, ...sizes] });
    return contractPair(labelled[0], labelled[1], outputAxes).tensor;
  },
  reference(inputs, { operands, output, sizes }) {
    const strides = operands.map((axes) => axisStrides(axes, sizes));
    const outputStrides = axisStrides(output, sizes);
    const result = new Float64Array(sizeOf(output.map((axis) => sizes[axis])));
    const index = new Array<number>(sizes.length).fill(0);
    const offsets = inputs.map(() => 0);
    let at = 0;
    for (let remaining = sizeOf(sizes); remaining > 0; remaining--) {
      let product = 1;
      for (let i = 0; i < inputs.length; i++) product *= inputs[i].values[offsets[i]];
      result[at] += product;
      // the odometer: the last axis turns fastest
      for (let axis = sizes.length - 1; axis >= 0; axis--) {
        const turned = ++index[axis] === sizes[axis];
        const steps = turned ? 1 - sizes[axis] : 1;
        for (let i = 0; i < inputs.length; i++) offsets[i] += steps * strides[i][axis];
        at += steps * outputStrides[axis];
        if (!turned) break;
        index[axis] = 0;
      }
    }
    // integers wrap around
    return inputs[0].dtype === 'i32' ? result.map((value) => value | 0) : result;
  },
  lowering: { kind: 'einsum' },
  moves: ({ operands, output }) => operands.length === 1 && operands[0].every((axis) => output.includes(axis)),
  examples: [
    example([[2, 3]], [[0, 1]], [0], [2, 3]), // sum
    { ...example([[2, 3]], [[0, 1]], [0], [2, 3]), inputs: [{ shape: [2, 3], dtype: 'i32' }] }, // sum of integers
    { ...example([[2, 3]], [[0, 1]], [1], [2, 3]), inputs: [{ shape: [2, 3], dtype: 'i32' }] }, // over the outer axis
    example([[2, 3]], [[0, 1]], [1, 0], [2, 3]), // transpose
    example([[2, 3]], [[0, 1]], [1], [2, 3]), // sum over the outer axis
    example([[3, 3]], [[0, 0]], [0], [3]), // diagonal
    example([[3, 3]], [[0, 0]], [], [3]), // trace
    example(
      [
        [2, 3],
        [3, 4],
      ],
      [
        [0, 1],
        [1, 2],
      ],
      [0, 2],
      [2, 3, 4],
    ), // product
    example(
      [
        [2, 3, 4],
        [2, 4, 2],
      ],
      [
        [0, 1, 2],
        [0, 2, 3],
      ],
      [0, 3, 1],
      [2, 3, 4, 2],
    ), // batch, permuted output
    example([[5], [5]], [[0], [0]], [], [5]), // dot
    example([[2], [3]], [[0], [1]], [0, 1], [2, 3]), // outer product
    example(
      [
        [2, 3],
        [2, 3],
      ],
      [
        [0, 1],
        [0, 1],
      ],
      [0, 1],
      [2, 3],
    ), // elementwise product
    example(
      [
        [2, 0],
        [0, 3],
      ],
      [
        [0, 1],
        [1, 2],
      ],
      [0, 2],
      [2, 0, 3],
    ), // an empty sum is 0
  ],
};

function example(
  shapes: number[][],
  operands: number[][],
  output: number[],
  sizes: number[],
): Primitive<Parameters>['examples'][number] {
  return { inputs: shapes.map((shape) => ({ shape, dtype: 'f32' })), parameters: { operands, output, sizes } };
}
