// An operation with a derivative of its own: weights of −1, 0 and 1 that are trained all the same, straight through the rounding.
import { clip, customGradient, einsum, grad, random, round, type Tensor, tensor } from '@einlab/einsum-core';
import { checkGradients } from '@einlab/einsum-core/testing';

/** To the nearest of −1, 0 and 1. The derivative of rounding is 0 almost everywhere; here it is that of the clipping. */
const ternary = customGradient(
  (w: Tensor) => round(clip(w, -1, 1)),
  (cotangent, _value, w) => [cotangent.multiply(w.abs().lessEqual(1).cast('f32'))],
);

const w = tensor([-1.7, -0.6, 0.2, 0.9]);
console.log('w          ', JSON.stringify(Array.from(await w.data(), (value) => Number(value.toFixed(1)))));
console.log('ternary(w) ', JSON.stringify(Array.from(await ternary(w).data(), (value) => value + 0)));
console.log('gradient   ', JSON.stringify(await grad((x: Tensor) => ternary(x).sum())(w).toArray()));

// A formula that is better than what the chain rule makes of it: ln(1 + eˣ) overflows, its derivative does not have to.
const logistic = customGradient(
  (x: Tensor) => x.exp().log1p(),
  (cotangent, _value, x) => [cotangent.multiply(x.sigmoid())],
);
await checkGradients((x: Tensor) => logistic(x), [random.normal(random.key(1), [5])]);
console.log('\nslope at 100', await grad((x: Tensor) => logistic(x).sum())(tensor([100])).item());

// Ternary weights that compute what a hidden ternary teacher computes.
const teacher = tensor([1, -1, 0, 0, 1, -1, 0, 1]);
const x = random.normal(random.key(2), [64, 8]);
const target = einsum('b i, i -> b', x, teacher);
const loss = (weights: Tensor): Tensor => einsum('b i, i -> b', x, ternary(weights)).subtract(target).square().mean();
let weights: Tensor = random.normal(random.key(3), [8]).multiply(0.3);
console.log('\nstep  loss');
for (let step = 0; step <= 60; step++) {
  if (step % 20 === 0) console.log(`${step}`.padEnd(5), (await loss(weights).item()).toFixed(3));
  weights = tensor(await weights.subtract(grad(loss)(weights).multiply(0.05)).data());
}
console.log('\nfound      ', JSON.stringify(Array.from(await ternary(weights).data(), (value) => value + 0)));
