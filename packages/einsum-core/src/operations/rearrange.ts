import { assertOperand } from '../base/assert-type.ts';
import { optionError } from '../base/errors.ts';
import { type AxisSizes, type BoundGrouped, bindGrouped } from '../notation/bind-grouped.ts';
import type { GroupedOperation } from '../notation/grouped-pattern.ts';
import { parseGrouped } from '../notation/parse-grouped.ts';
import { apply } from '../tensor/apply.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { prod } from './prod.ts';
import { all, any, max, mean, min, sum } from './reductions.ts';
import { reshape, transpose } from './shape.ts';

/** What `reduce` does with the axes that the output leaves out. */
export type Reduction = 'sum' | 'mean' | 'max' | 'min' | 'prod' | 'any' | 'all';

const reductions: Readonly<Record<Reduction, (x: Tensor, axes: readonly number[]) => Tensor>> = {
  sum,
  mean,
  max,
  min,
  prod,
  any,
  all,
};

/** The pattern with the sizes of the operand. */
function boundTo(operation: GroupedOperation, pattern: string, x: Tensor, sizes?: AxisSizes): BoundGrouped {
  assertOperand(x, operation);
  return bindGrouped(parseGrouped(operation, pattern), x.shape, sizes);
}

/** The operand with its merged dimensions taken apart. */
const takenApart = (x: Tensor, { input, sizes }: BoundGrouped): Tensor =>
  reshape(
    x,
    input.map((name) => sizes.get(name) ?? 1),
  );

/**
 * Axes in another order, merged and taken apart, as a pattern says: einops' `rearrange`.
 *
 *   rearrange('batch (head dim) time -> batch head time dim', x, { head: 8 })
 *
 * @param pattern - names separated by spaces; parentheses merge axes into one dimension, the last name turning fastest;
 *   `...` stands for any number of dimensions; `1` and `()` are dimensions of size 1. Both sides have the same names
 * @param x - any type
 * @param sizes - sizes of axes by name; of each merged dimension all but one
 * @returns the dimensions behind `->`, in that order
 * @throws {EinlabError} `pattern` with a caret, `shape` with both sizes, or `option` for an unknown name in `sizes`
 * @example `rearrange('batch height width channel -> batch (height width channel)', x)`
 */
export function rearrange(pattern: string, x: Tensor, sizes?: AxisSizes): Tensor {
  const bound = boundTo('rearrange', pattern, x, sizes);
  const order = bound.output.map((name) => bound.input.indexOf(name));
  return reshape(transpose(takenApart(x, bound), order), bound.outputShape);
}

/**
 * The axes that the output leaves out summed, averaged, … away, the others as in `rearrange`: einops' `reduce`.
 *
 *   reduce('batch (height 2) (width 2) channel -> batch height width channel', x, 'max')
 *
 * @param pattern - as of `rearrange`; the output may leave out names and `...`, and numbers in the input are axes that are left out
 * @param x - of a type that the reduction takes
 * @param how - `sum`, `mean`, `max`, `min`, `prod`, or `any` and `all` of `bool`
 * @param sizes - sizes of axes by name; of each merged dimension all but one
 * @throws {EinlabError} `pattern` with a caret, `shape` with both sizes, `dtype` where the reduction does not take the type, or
 *   `option` for an unknown reduction or name
 */
export function reduce(pattern: string, x: Tensor, how: Reduction, sizes?: AxisSizes): Tensor {
  if (!Object.hasOwn(reductions, how)) {
    const known = Object.keys(reductions).join(', ');
    throw optionError(`reduce: the reduction is ${JSON.stringify(how)}; expected one of ${known}`, { reduction: how });
  }
  const bound = boundTo('reduce', pattern, x, sizes);
  const kept = bound.input.filter((name) => bound.output.includes(name));
  const axes = bound.input.flatMap((name, axis) => (kept.includes(name) ? [] : [axis]));
  const reduced = reductions[how](takenApart(x, bound), axes);
  const order = bound.output.map((name) => kept.indexOf(name));
  return reshape(transpose(reduced, order), bound.outputShape);
}

/**
 * The elements repeated along axes that only the output has, the others as in `rearrange`: einops' `repeat`.
 *
 *   repeat('height width -> (height 2) (width 2)', x)      repeat('dim -> batch dim', x, { batch: 4 })
 *
 * @param pattern - as of `rearrange`; the output may have new names, whose sizes are given, and numbers
 * @param x - any type
 * @param sizes - sizes of axes by name: of every new one, and of each merged dimension of the input all but one
 * @throws {EinlabError} `pattern` with a caret, `shape` with both sizes, or `option` for an unknown name in `sizes`
 */
export function repeat(pattern: string, x: Tensor, sizes?: AxisSizes): Tensor {
  const bound = boundTo('repeat', pattern, x, sizes);
  const repeated = apply('broadcast', [takenApart(x, bound)], {
    shape: bound.output.map((name) => bound.sizes.get(name) ?? 1),
    axes: bound.input.map((name) => bound.output.indexOf(name)),
  });
  return reshape(repeated, bound.outputShape);
}
