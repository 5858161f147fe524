// A training step as one program: traced once for the shapes of its arguments, replayed for every step after that.
import { compile, einsum, random, type Tensor, valueAndGrad, zeros } from '@einlab/einsum-core';

const [inputKey, noiseKey] = random.split(random.key(4), 2) as [Tensor, Tensor];
const x = random.normal(inputKey, [256, 4]);
const truth = [2, -1, 0.5, 0];
const noise = random.normal(noiseKey, [256]).multiply(0.01);
const columns = truth.map((weight, i) =>
  x
    .slice([0, i], [256, i + 1])
    .reshape([256])
    .multiply(weight),
);
const y = columns.reduce((total, column) => total.add(column)).add(noise);

let traced = 0;
const loss = (w: Tensor): Tensor => einsum('batch in, in -> batch', x, w).subtract(y).square().mean();
const step = compile(
  (w: Tensor, rate: Tensor) => {
    traced += 1; // JavaScript in here runs while tracing, not while replaying
    const [value, gradient] = valueAndGrad(loss)(w);
    return { w: w.subtract(gradient.multiply(rate)), loss: value };
  },
  { donate: [0] }, // the old weights are used up by the call
);

let w: Tensor = zeros([4]);
console.log('step  loss');
for (let i = 0; i <= 60; i++) {
  // The rate changes from step to step, so it is a tensor: a number would make a program of its own.
  const result = await step(w, random.uniform(random.key(i), []).multiply(0.1).add(0.1));
  w = result.w;
  if (i % 20 === 0) console.log(`${i}`.padEnd(5), (await result.loss.item()).toFixed(4));
}
console.log('\nweights', JSON.stringify(Array.from(await w.data(), (value) => Number(value.toFixed(2)))));
console.log('traced', traced, 'time'); // step.explain() would tell the kernels and their memory
