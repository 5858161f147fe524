import { axisOf, normalizeAxes } from '../base/axes.ts';
import { shapeError } from '../base/errors.ts';
import { formatShape } from '../base/shape.ts';
import { apply } from '../tensor/apply.ts';
import type { WindowOptions } from '../tensor/arguments.ts';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * Every window that lies inside, as a view: nothing is copied, elements in several windows are read several times. With
 * `pad` in front and an einsum behind it is convolution of any rank, stride, dilation and number of groups, without a matrix
 * of patches:
 *
 *   einsum('batch in row column y x, out in y x -> batch out row column', window(image, { axes: [2, 3], sizes: [3, 3] }), kernels)
 *
 * @param x - any shape and element type, f32[batch, in, height, width] above
 * @returns `x` with, along each axis, ⌊(size − (n − 1)·dilation − 1)/stride⌋ + 1 positions of windows of n elements in place of its
 *   elements, followed by one axis of n elements for each of `axes`, in their order: result[…, p, …, k] = x[…, p·stride + k·dilation, …].
 *   Its derivative adds windows back to where they were seen
 * @remarks The derivative of an einsum over windows is an einsum over windows too where strides are 1; with larger strides the
 *   derivative of the windows is written once and added up. Split channels into groups in front of `window`, not behind it.
 * @throws {EinlabError} `shape` for lists of different lengths, an axis named twice, numbers below 1, and windows longer than their axis
 */
export function window(x: Tensor, options: WindowOptions): Tensor {
  const { axes, sizes } = options;
  const ones = axes.map(() => 1);
  const { strides = ones, dilations = ones } = options;
  normalizeAxes(axes, x, 'window'); // refuses an axis that is named twice
  for (const [name, list] of Object.entries({ sizes, strides, dilations })) {
    if (list?.length !== axes.length || list.some((value) => !Number.isInteger(value) || value < 1)) {
      throw shapeError(
        `window: ${name} ${list} for axes ${axes} of ${formatShape(x.shape)}; expected a whole number ≥ 1 for each`,
        { axes, [name]: list },
      );
    }
  }
  return axes.reduce<Tensor>(
    (seen, axis, i) =>
      apply('window', [seen], {
        axis: axisOf(axis, x.rank, 'window'),
        size: sizes[i],
        stride: strides[i],
        dilation: dilations[i],
      }),
    x,
  );
}
