// A function of tensors becomes its gradient, and the gradient is differentiated again.
import { einsum, grad, hvp, jvp, type Tensor, tensor } from '@einlab/einsum-core';

/** Rosenbrock's function in any dimension, whose minimum is at (1, 1, …). */
function rosenbrock(x: Tensor): Tensor {
  const [count = 0] = x.shape;
  const [left, right] = [x.slice([0], [count - 1]), x.slice([1], [count])];
  return right.subtract(left.square()).square().multiply(100).add(left.multiply(-1).add(1).square()).sum();
}

const x = tensor([-1, 2, 0.5]);
const direction = tensor([1, 0, 0]);
const list = async (values: Tensor): Promise<string> => JSON.stringify([...(await values.data())]);

console.log('f(x)      ', await rosenbrock(x).item());
console.log('∇f(x)     ', await list(grad(rosenbrock)(x)));
const [, slope] = jvp(rosenbrock, [x], [direction]);
console.log('∇f(x)·e₀  ', await slope.item());
console.log('∇²f(x)·e₀ ', await list(hvp(rosenbrock, x, direction)));

// Newton's method in one dimension: f'/f'' from two nested gradients of w ↦ w⁴ − 3w.
const quartic = (w: Tensor): Tensor => einsum('i, i, i, i ->', w, w, w, w).subtract(w.multiply(3).sum());
const first = grad(quartic);
const second = grad((w: Tensor) => first(w).sum());
let w: Tensor = tensor([2]);
console.log('\nstep  w');
for (let step = 0; step < 5; step++) {
  console.log(step, '   ', (await w.item()).toFixed(5));
  w = tensor([...(await w.subtract(first(w).divide(second(w))).data())]);
}
