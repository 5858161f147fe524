import { sizeOf, stridesOf } from '../../base/shape.ts';
import type { PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Definition, Example } from '../../tensor/primitive.ts';

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

/**
 * out[output] = Σ Π operands over the axes that the output lacks, for one operand (which may repeat axes) or two (which
 * may not, and whose axes are each in the other operand or in the output). Its derivative in an operand is an einsum of the others.
 */
export const einsum: Definition<Parameters> = {
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

function example(shapes: number[][], operands: number[][], output: number[], sizes: number[]): Example<Parameters> {
  return { inputs: shapes.map((shape) => ({ shape, dtype: 'f32' })), parameters: { operands, output, sizes } };
}
