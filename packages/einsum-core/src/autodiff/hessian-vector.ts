import type { Tensor } from '../tensor/tensor.ts';
import { grad } from './grad.ts';
import { jvp } from './jvp.ts';

/**
 * The Hessian of a scalar function times a direction, without the Hessian: the derivative of the gradient along the
 * direction (forward over reverse; Pearlmutter 1994).
 *
 * @param f - of one argument, returns `f32[]`
 * @returns shaped like the argument
 */
export function hvp<Argument>(f: (x: Argument) => Tensor, primal: Argument, direction: Argument): Argument {
  const gradient = grad<[Argument]>(f);
  return jvp<[Argument], Argument>((x) => gradient(x), [primal], [direction])[1];
}
