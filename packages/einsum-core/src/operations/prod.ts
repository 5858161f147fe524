import { normalizeAxes } from '../base/axes.ts';
import { NUMBERS } from '../base/dtype.ts';
import { sizeOf } from '../base/shape.ts';
import { widened } from '../tensor/apply.ts';
import type { Axes, ReductionOptions } from '../tensor/arguments.ts';
import { full } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { multiply } from './elementwise.ts';
import { reshape, slice, transpose } from './shape.ts';

/**
 * Π over the given axes (default all); 1 of nothing.
 *
 * Halves are multiplied with each other until one element is left. A derivative is therefore a product of the other
 * factors and never a quotient, so it is right where factors are zero: one zero leaves the product of the others to it,
 * two leave nothing to anyone.
 *
 * @param x - `f32` or an integer type (which wraps around)
 * @throws {EinlabError} `dtype` for `bool`, where `all` is meant
 * @remarks Relative error ≤ n·u for n factors, u = 2⁻²⁴.
 */
export function prod(x: Tensor, axes?: Axes, options?: ReductionOptions): Tensor {
  const reduced = normalizeAxes(axes, x, 'prod', NUMBERS);
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !reduced.includes(axis));
  const keptShape = kept.map((axis) => x.shape[axis]);
  const factors = reshape(transpose(widened(x), [...kept, ...reduced]), [
    ...keptShape,
    sizeOf(reduced.map((axis) => x.shape[axis])),
  ]);
  const shape = options?.keepDims === true ? x.shape.map((n, axis) => (reduced.includes(axis) ? 1 : n)) : keptShape;
  return reshape(productOfLast(factors), shape);
}

/** Π over the last axis, which stays with size 1. */
function productOfLast(factors: Tensor): Tensor {
  const kept = factors.shape.slice(0, -1);
  let rest = factors;
  /** The last factor of an odd count, multiplied in when the others are one. */
  let odd: Tensor | undefined;
  for (let count = rest.shape[kept.length]; count !== 1; count = rest.shape[kept.length]) {
    if (count === 0) return full([...kept, 1], 1, factors.dtype);
    const between = (from: number, to: number): Tensor => slice(rest, [...kept.map(() => 0), from], kept.concat(to));
    const half = count >> 1;
    if (count % 2 === 1) odd = odd === undefined ? between(count - 1, count) : multiply(odd, between(count - 1, count));
    rest = multiply(between(0, half), between(half, 2 * half));
  }
  return odd === undefined ? rest : multiply(rest, odd);
}
