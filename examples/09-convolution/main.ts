// Convolutions over any number of axes: an edge filter on one axis, and a small network that reads handwritten digits.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { argMax, equal, random, relu, type Tensor, tensor } from '@einlab/einsum-core';
import { adamW, convolution, cosineRate, countParameters, crossEntropy, linear, train } from '@einlab/nn';

// y[p] = x[p] − x[p − 1]: with causal padding a position sees what comes before it, never what comes after.
const difference = {
  ...convolution.init(random.key(1), { in: 1, out: 1, size: [2], padding: 'causal' }),
  kernel: tensor([[[-1, 1]]]),
};
console.log('difference', JSON.stringify(await convolution.apply(difference, tensor([[1, 4, 9, 16]])).toArray()));

const side = 28;
const require = createRequire(import.meta.url);
/** Of each digit the first 400 pictures for training, the next 50 for testing. */
const pictures = Array.from({ length: 10 }, (_, digit) => {
  const { data }: { data: number[] } = JSON.parse(
    readFileSync(require.resolve(`mnist/src/digits/${digit}.json`), 'utf8'),
  );
  return Float32Array.from(data.slice(0, 450 * side * side));
});

/** Pictures `from` to `from + count` of every digit as one batch `f32[batch, channel=1, row, column]`. */
function batchOf(from: number, count: number): { x: Tensor; labels: Tensor } {
  const values = pictures.flatMap((digit) => [...digit.subarray(from * side * side, (from + count) * side * side)]);
  const labels = Int32Array.from({ length: 10 * count }, (_, i) => Math.floor(i / count));
  return { x: tensor(values, { shape: [10 * count, 1, side, side] }), labels: tensor(labels) };
}

const [first, second, last] = random.split(random.key(5), 3) as [Tensor, Tensor, Tensor];
const halving = { size: [3, 3], stride: 2, padding: 'same', bias: true } as const;
const model = {
  first: convolution.init(first, { in: 1, out: 8, ...halving }),
  second: convolution.init(second, { in: 8, out: 16, ...halving }),
  head: linear.init(last, { in: 16 * 7 * 7, out: 10, bias: true, zero: true }),
};
function logits(params: typeof model, x: Tensor): Tensor {
  const seen = relu(convolution.apply(params.second, relu(convolution.apply(params.first, x))));
  return linear.apply(params.head, seen.reshape([x.shape[0] ?? 0, 16 * 7 * 7]));
}

const { params } = await train({
  params: model,
  loss: (weights, { x, labels }: ReturnType<typeof batchOf>) => crossEntropy(logits(weights, x), labels),
  // 4 pictures of every digit, the next ones in each step
  data: (step) => batchOf((step * 4) % 400, 4),
  optimizer: adamW(),
  schedule: cosineRate({ rate: 0.01, steps: 100, warmup: 10 }),
  steps: 100,
});
const test = batchOf(400, 50);
const correct = await equal(argMax(logits(params, test.x), 1), test.labels)
  .cast('f32')
  .mean()
  .item();
console.log('\nparameters  correct');
console.log(`${countParameters(model)}`.padEnd(11), correct.toFixed(2));
