import { assertType } from '../base/assert-type.ts';
import { isFloat } from '../base/dtype.ts';
import { optionError } from '../base/errors.ts';
import { isBranch, mapTree } from '../base/tree.ts';
import { scalar, zeros } from '../tensor/create.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { independent, scalarOutput } from './differentiable.ts';
import { pullBack } from './vjp.ts';

/** Which argument to differentiate in. */
export interface GradOptions {
  /** Position of the argument; default 0. */
  readonly argument?: number;
}

type Function<Arguments extends readonly unknown[], Output> = (...primals: Arguments) => Output;

/** Value, further results, and gradient of one argument. */
function differentiate<Arguments extends readonly unknown[]>(
  f: Function<Arguments, unknown>,
  primals: Arguments,
  argument: number,
  split: (result: unknown) => [unknown, unknown],
): { value: Tensor; auxiliary: unknown; gradient: unknown } {
  if (!Number.isInteger(argument) || argument < 0 || argument >= primals.length) {
    throw optionError(
      `grad: option argument is ${argument}, but the function was called with ${primals.length} arguments; expected 0 … ${primals.length - 1}`,
      { argument },
    );
  }
  // a number would be its own gradient, as other leaves of a tree are
  if (!isBranch(primals[argument])) assertType('grad: the argument is', primals[argument] as Tensor);
  const variable = independent(primals[argument]);
  const inputs = primals.map((primal, i) => (i === argument ? variable.argument : primal)) as unknown as Arguments;
  const [output, auxiliary] = split(f(...inputs));
  const value = scalarOutput(output, 'grad');
  const cotangents = pullBack([value], [scalar(1)], variable.handles);
  let next = 0;
  const gradient = mapTree<unknown>(primals[argument], (leaf) => {
    if (!isTensor(leaf)) return leaf;
    return isFloat(leaf.dtype) ? cotangents[next++] : zeros(leaf.shape);
  });
  return { value, auxiliary, gradient };
}

/**
 * The gradient function of a scalar function: same arguments, result shaped like the chosen argument.
 * Lazy and pure, so it can be differentiated again. Gradients are f32, of `f16` and `bf16` tensors too.
 *
 * @param f - returns `f32[]`
 * @example `grad((x: Tensor) => x.square().sum())(x) // 2x`
 */
export function grad<Arguments extends readonly unknown[], Index extends number = 0>(
  f: Function<Arguments, Tensor>,
  options: GradOptions & { readonly argument?: Index } = {},
): Function<Arguments, Arguments[Index]> {
  return (...primals) =>
    differentiate(f, primals, options.argument ?? 0, (output) => [output, undefined]).gradient as Arguments[Index];
}

/**
 * As `grad`, with the function's value: `[value, gradient]`.
 * With `auxiliary: true` the function returns `[loss, more]`, and the result is `[[loss, more], gradient]`.
 */
export function valueAndGrad<Arguments extends readonly unknown[], More>(
  f: Function<Arguments, readonly [Tensor, More]>,
  options: GradOptions & { readonly auxiliary: true },
): Function<Arguments, [value: [Tensor, More], gradient: Arguments[0]]>;
export function valueAndGrad<Arguments extends readonly unknown[]>(
  f: Function<Arguments, Tensor>,
  options?: GradOptions,
): Function<Arguments, [value: Tensor, gradient: Arguments[0]]>;
export function valueAndGrad<Arguments extends readonly unknown[]>(
  f: Function<Arguments, unknown>,
  options: GradOptions & { readonly auxiliary?: boolean } = {},
): Function<Arguments, [value: unknown, gradient: unknown]> {
  return (...primals) => {
    const split = (result: unknown): [unknown, unknown] =>
      options.auxiliary === true && Array.isArray(result) ? [result[0], result[1]] : [result, undefined];
    const { value, auxiliary, gradient } = differentiate(f, primals, options.argument ?? 0, split);
    return [options.auxiliary === true ? [value, auxiliary] : value, gradient];
  };
}
