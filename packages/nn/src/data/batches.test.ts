import { arange, random, tensor, zeros } from '@einlab/einsum-core';
import { describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../backend.test-helper.ts';
import { shuffledBatches } from './batches.ts';

const data = { x: arange(22).reshape([11, 2]), label: arange(11), name: 'passed on' };

describeOnBackends('shuffledBatches', (backend) => {
  useBackend(backend);

  it('gives every example at most once in an epoch, its parts together, and another order in the next', async () => {
    const batchOf = shuffledBatches(data, random.key(1), { batch: 3 });
    const epochs: number[][] = [[], []];
    for (let step = 0; step < 6; step++) {
      const { x, label, name } = await batchOf(step);
      const labels = [...(await label.data())];
      expect(await x.toArray()).toEqual(labels.map((i) => [2 * i, 2 * i + 1]));
      expect(name).toBe('passed on');
      epochs[Math.floor(step / 3)]?.push(...labels);
    }
    for (const epoch of epochs) {
      expect(new Set(epoch).size).toBe(9);
      expect(epoch.every((i) => i >= 0 && i < 11)).toBe(true);
    }
    expect(epochs[0]).not.toEqual(epochs[1]);
  });

  it('gives the batch of a step whatever was asked before', async () => {
    const inOrder = shuffledBatches(data, random.key(2), { batch: 4 });
    const expected: number[][] = [];
    for (let step = 0; step < 6; step++) expected.push([...(await (await inOrder(step)).label.data())]);
    const resumed = shuffledBatches(data, random.key(2), { batch: 4 });
    for (const step of [5, 0, 3, 2, 4, 1])
      expect([...(await (await resumed(step)).label.data())]).toEqual(expected[step]);
  });
});

describe('shuffledBatches refuses', () => {
  it.each([
    ['no tensors', () => shuffledBatches({ a: 1 }, random.key(1), { batch: 1 }), 'there is no tensor in the data'],
    [
      'numbers that differ',
      () => shuffledBatches({ x: zeros([3, 2]), y: zeros([4]) }, random.key(1), { batch: 1 }),
      '"y" has 4 examples and "x" 3; expected equal numbers',
    ],
    ['a scalar', () => shuffledBatches({ x: tensor(1) }, random.key(1), { batch: 1 }), '"x" has no axis of examples'],
    [
      'a batch of 0',
      () => shuffledBatches(data, random.key(1), { batch: 0 }),
      'batch is 0; expected a whole number ≥ 1',
    ],
    [
      'a batch of more than there are',
      () => shuffledBatches(data, random.key(1), { batch: 12 }),
      'batch is 12, but there are 11 examples; expected as many at least',
    ],
  ])('%s', (_, attempt, message) => {
    expect(attempt).toThrow(`shuffledBatches: ${message}`);
  });
});
