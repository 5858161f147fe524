import { describe, expect, it } from 'vitest';
import * as core from '../index.ts';
import { isTensor, Tensor, tensor, treeLeaves } from '../index.ts';
import { useDevice } from '../testing/device.test-helper.ts';

const x = tensor([
  [0.5, -1, 2],
  [3, 0.25, -0.75],
]);
const y = tensor([
  [2, -1, 0.5],
  [-3, 4, 1],
]);
const sure = x.greater(0);
const indices = tensor(Int32Array.of(1, 0, 2, 2, 1, 0), { shape: [2, 3] });

/** Every method with arguments behind the tensor; the first is the tensor where it is not `x`. */
const calls: Readonly<Record<string, readonly [self: Tensor, ...rest: unknown[]]>> = {
  ...Object.fromEntries(
    (
      'negate abs sign floor ceil round exp expm1 square reciprocal sin cos tanh sigmoid erf relu gelu silu softplus leakyRelu ' +
      'isNaN isFinite sum mean variance max min prod argMax argMin logSumExp softmax logSoftmax cumulativeSum ' +
      'sort argSort transpose flip'
    )
      .split(' ')
      .map((name) => [name, [x]]),
  ),
  ...Object.fromEntries(['log', 'log1p', 'sqrt', 'rsqrt'].map((name) => [name, [x.abs()]])),
  ...Object.fromEntries(
    'add subtract multiply divide power remainder maximum minimum equal notEqual less lessEqual greater greaterEqual'
      .split(' ')
      .map((name) => [name, [x.abs(), y]]),
  ),
  ...Object.fromEntries(['logicalAnd', 'logicalOr', 'logicalXor'].map((name) => [name, [sure, y.greater(0)]])),
  ...Object.fromEntries(['logicalNot', 'any', 'all'].map((name) => [name, [sure]])),
  where: [sure, x, y],
  clip: [x, -0.5, 1],
  cast: [x, 'i32'],
  broadcastTo: [x, [2, 2, 3]],
  reshape: [x, [3, 2]],
  expandDims: [x, 1],
  squeeze: [x.reshape([1, 6]), 0],
  slice: [x, [0, 1], [2, 3]],
  split: [x, 3, 1],
  pad: [x, [1, 0], [0, 2], 7],
  window: [x, { axes: [1], sizes: [2] }],
  tile: [x, [2, 1]],
  take: [x, tensor(Int32Array.of(1, 1)), 0],
  takeAlongAxis: [x, indices, 1],
  oneHot: [indices, 4],
  topK: [x, 2],
};

/** The tensors of a result, as numbers. */
const read = async (result: unknown): Promise<number[][]> =>
  Promise.all(
    treeLeaves(result)
      .filter(isTensor)
      .map(async (leaf) => [...leaf.shape, ...(await leaf.data())]),
  );

const named = (from: object, name: string): ((...rest: unknown[]) => unknown) => Reflect.get(from, name);

describe('methods of tensors', () => {
  useDevice('reference');

  it.each(Object.entries(calls))('x.%s(…) is the function of the same name', async (name, [self, ...rest]) => {
    const expected = await read(named(core, name)(self, ...rest));
    expect(expected.length).toBeGreaterThan(0);
    expect(await read(named(Tensor.prototype, name).call(self, ...rest))).toEqual(expected);
  });

  it('are tried here, each of them', () => {
    const asked = ['data', 'item', 'toArray', 'dispose', 'toString', 'constructor'];
    const methods = Object.getOwnPropertyNames(Tensor.prototype).filter((name) => !asked.includes(name));
    expect(methods.sort()).toEqual(Object.keys(calls).sort());
  });
});
