import { type Tensor, vjp } from '@einlab/einsum-core';
import type * as Jax from '@jax-js/jax';

/**
 * Functions that give a value and its gradients, in each engine's own way: tfjs-core comes without the gradients of its operations. The cotangent of the value is the last input;
 * the gradients are those of the first `count` inputs.
 */

type JaxArray = Jax.numpy.Array;

function last<Value>(inputs: readonly Value[]): Value {
  const value = inputs.at(-1);
  if (value === undefined)
    throw new Error('gradients: the last input is the cotangent of the value, but there is none');
  return value;
}

/** On this engine. */
export function einlabGradients(
  f: (...inputs: Tensor[]) => Tensor,
  count: number,
): (...inputs: Tensor[]) => readonly Tensor[] {
  return (...inputs) => {
    const [value, pull] = vjp((...own: Tensor[]) => f(...own, ...inputs.slice(count)), ...inputs.slice(0, count));
    return [value, ...pull(last(inputs))];
  };
}

/** On jax-js; `f` uses up its inputs but the cotangent, of which it sees nothing. */
export function jaxGradients(
  f: (jax: typeof Jax, ...inputs: JaxArray[]) => JaxArray,
  count: number,
): (jax: typeof Jax, ...inputs: JaxArray[]) => readonly JaxArray[] {
  return (jax, ...inputs) => {
    const rest = inputs.slice(count, -1);
    const [value, pull] = jax.vjp((...own: JaxArray[]) => f(jax, ...own, ...rest), inputs.slice(0, count));
    const gradients = pull(last(inputs));
    pull.dispose();
    return [value, ...gradients];
  };
}

/** In PyTorch, where `f` is an expression for a function of all inputs but the cotangent. */
export const torchGradients = (f: string, count: number): string => `
f = ${f}
p = [value.requires_grad_() for value in x[:${count}]]
def run():
    y = f(*x[:-1])
    return [y, *torch.autograd.grad(y, p, x[-1])]
`;

/** In PyTorch, the value alone, where `f` is an expression for a function of all inputs. */
export const torchForward = (f: string): string => `
f = ${f}
def run():
    with torch.inference_mode():
        return [f(*x)]
`;
