// One operation for products, transposes, traces, sums and outer products: a pattern says which axes meet.
import { einsum, planEinsum, tensor } from '@einlab/einsum-core';

const a = tensor([
  [1, 2],
  [3, 4],
]);
const b = tensor([
  [0, 1],
  [1, 1],
]);
const x = tensor([1, -1]);

const rows = {
  'i j, j k -> i k': einsum('i j, j k -> i k', a, b),
  'i j -> j i': einsum('i j -> j i', a),
  'i i ->': einsum('i i ->', a),
  'i j -> i': einsum('i j -> i', a),
  'i, j -> i j': einsum('i, j -> i j', x, x),
  'i, i j, j ->': einsum('i, i j, j ->', x, a, x),
};
console.log('pattern            result');
for (const [pattern, result] of Object.entries(rows))
  console.log(pattern.padEnd(18), JSON.stringify(result.rank === 0 ? await result.item() : await result.toArray()));

// With three operands the order matters. The plan is a value that says what will happen, and nothing is computed for it.
const shapes = [
  [64, 512],
  [512, 512],
  [512, 8],
];
console.log('\norder                     multiply-accumulates');
const planned = planEinsum('b i, i j, j k -> b k', shapes);
console.log('as written'.padEnd(25), planned.leftToRight.macs);
console.log('as planned'.padEnd(25), planned.macs);
