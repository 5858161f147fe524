// A multilayer perceptron that reads handwritten digits (MNIST, from the package `mnist`), dense and with block tensor-trains.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { argMax, equal, random, relu, type Tensor, tensor } from '@einlab/einsum-core';
import { adamW, cosineRate, countParameters, crossEntropy, linear, type Structure, train } from '@einlab/nn';
import { blockTensorTrain, dense } from '@einlab/structured-layers';

const pixels = 28 * 28;
const require = createRequire(import.meta.url);
/** Of each digit the first 700 pictures for training, the next 100 for testing. */
const pictures = Array.from({ length: 10 }, (_, digit) => {
  const path = require.resolve(`mnist/src/digits/${digit}.json`);
  const { data }: { data: number[] } = JSON.parse(readFileSync(path, 'utf8'));
  return Float32Array.from(data.slice(0, 800 * pixels));
});

/** Pictures by digit and number as one batch. */
function batchOf(chosen: readonly (readonly [digit: number, number: number])[]): { x: Tensor; labels: Tensor } {
  const values = new Float32Array(chosen.length * pixels);
  chosen.forEach(([digit, number], row) => {
    values.set(pictures[digit]?.subarray(number * pixels, (number + 1) * pixels) ?? [], row * pixels);
  });
  return { x: tensor(values, { shape: [chosen.length, pixels] }), labels: tensor(Int32Array.from(chosen, ([d]) => d)) };
}
const all = (from: number, count: number): [number, number][] =>
  Array.from({ length: count * 10 }, (_, i) => [i % 10, from + Math.floor(i / 10)]);
const test = batchOf(all(700, 100));

const model = (structure: Structure) => {
  const [up, down] = random.split(random.key(5), 2) as [Tensor, Tensor];
  return {
    up: linear.init(up, { in: pixels, out: 256, structure, bias: true }),
    down: linear.init(down, { in: 256, out: 10, bias: true, zero: true }),
  };
};
const logits = ({ up, down }: ReturnType<typeof model>, x: Tensor): Tensor =>
  linear.apply(down, relu(linear.apply(up, x)));

console.log('structure  parameters  test-loss  correct');
for (const structure of [dense(), blockTensorTrain()]) {
  const start = model(structure);
  const { params } = await train({
    params: start,
    loss: (params, { x, labels }: ReturnType<typeof batchOf>) => crossEntropy(logits(params, x), labels),
    // 7 pictures of every digit, the next ones in each step
    data: (step) => batchOf(all((step * 7) % 700, 7)),
    optimizer: adamW(),
    schedule: cosineRate({ rate: 0.003, steps: 300, warmup: 20 }),
    steps: 300,
  });
  const guesses = logits(params, test.x);
  const correct = await equal(argMax(guesses, 1), test.labels).cast('f32').mean().item();
  const loss = await crossEntropy(guesses, test.labels).item();
  console.log(
    structure.name.padEnd(10),
    `${countParameters(start)}`.padEnd(11),
    loss.toFixed(2).padEnd(10),
    correct.toFixed(2),
  );
}
