import type { BoundEinsum } from '../notation/bind.ts';

/**
 * The definition of the einsum as one loop over all axes: an oracle for tests, slow on purpose.
 *
 *   out[output] = Σ over the other axes of Π_k operand_k[operands_k]
 *
 * @param bound - axis sizes and the axis ids of each operand and the output; −1 marks a squeezed dimension
 * @param operands - `f64`, row-major, one for each operand of `bound`
 * @returns `f64`, row-major, in the order of `bound.output`
 */
export function odometerEinsum(
  bound: Pick<BoundEinsum, 'sizes' | 'operands' | 'output'>,
  operands: readonly Float64Array[],
): Float64Array {
  const { sizes } = bound;
  const total = sizes.reduce((product, size) => product * size, 1);
  // A diagonal's stride is the sum of the strides of its dimensions; a squeezed dimension has none.
  const stridesOf = (axes: readonly number[]): number[] => {
    const strides = sizes.map(() => 0);
    let stride = 1;
    for (const axis of axes.toReversed()) {
      if (axis < 0) continue;
      strides[axis] += stride;
      stride *= sizes[axis];
    }
    return strides;
  };
  const operandStrides = bound.operands.map(stridesOf);
  const outputStrides = stridesOf(bound.output);
  const result = new Float64Array(bound.output.reduce((product, axis) => product * sizes[axis], 1));
  const index = sizes.map(() => 0);
  for (let step = 0; step < total; step++) {
    const offset = (strides: readonly number[]): number =>
      strides.reduce((sum, stride, axis) => sum + stride * index[axis], 0);
    const product = operands.reduce((value, operand, k) => value * operand[offset(operandStrides[k])], 1);
    result[offset(outputStrides)] += product;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      index[axis]++;
      if (index[axis] < sizes[axis]) break;
      index[axis] = 0;
    }
  }
  return result;
}
