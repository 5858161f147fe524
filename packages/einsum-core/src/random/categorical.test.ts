import { describeOnBackends, property, SEED } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../device/compile.ts';
import { add } from '../operations/elementwise.ts';
import { tensor, zeros } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { readOn } from '../testing/shared-device.ts';
import { categorical } from './categorical.ts';
import { key, normal } from './random.ts';

const MANY = 100_000;

describeOnBackends('random.categorical', (backend) => {
  useDevice(backend);

  it('draws each class with its probability, and never one of −∞', async () => {
    const weights = [1, 2, 0, 5, 1e-3];
    const logits = tensor(weights.map((weight) => Math.log(weight) + 7));
    const draws = await categorical(key(SEED), logits, { shape: [MANY] }).data();
    const total = weights.reduce((a, b) => a + b, 0);
    weights.forEach((weight, index) => {
      const p = weight / total;
      const share = draws.filter((draw) => draw === index).length / MANY;
      // 6 standard errors
      expect(Math.abs(share - p), `class ${index} has ${share}`).toBeLessThanOrEqual(
        6 * Math.sqrt((p * (1 - p)) / MANY),
      );
    });
  });

  it('draws for each row of a batch by its own logits, along any axis', async () => {
    const sure = [
      [0, -Infinity, -Infinity],
      [-Infinity, -Infinity, 0],
    ];
    const logits = tensor(sure);
    expect(await categorical(key(1), logits).toArray()).toEqual([0, 2]);
    expect(await categorical(key(1), logits.transpose(), { axis: 0 }).toArray()).toEqual([0, 2]);
    expect(await categorical(key(1), logits, { shape: [3, 2] }).toArray()).toEqual([
      [0, 2],
      [0, 2],
      [0, 2],
    ]);
  });

  it('draws independently at each place', async () => {
    const [left = [], right = []] = (await categorical(key(SEED), zeros([2]), {
      shape: [2, 20_000],
    }).toArray()) as number[][];
    const same = left.filter((draw, i) => draw === right[i]).length;
    expect(Math.abs(same / 20_000 - 0.5)).toBeLessThan((6 * 0.5) / Math.sqrt(20_000));
  });

  it('gives the index of a NaN, and the first class where all are −∞', async () => {
    expect(await categorical(key(1), tensor([0, Number.NaN, 50])).item()).toBe(1);
    expect(await categorical(key(1), tensor([-Infinity, -Infinity])).item()).toBe(0);
  });

  it('draws inside a compiled function as outside', async () => {
    const draw = compile((from: Tensor, logits: Tensor) => categorical(from, add(logits, 0), { shape: [50] }));
    const logits = tensor([0, 1, 2]);
    expect(await (await draw(key(3), logits)).toArray()).toEqual(
      await categorical(key(3), logits, { shape: [50] }).toArray(),
    );
  });
});

describe('random.categorical', () => {
  property(
    'gives the same classes on both backends',
    fc.record({ seed: fc.nat(), batch: fc.integer({ min: 0, max: 5 }), classes: fc.integer({ min: 1, max: 40 }) }),
    async ({ seed, batch, classes }) => {
      const draws = categorical(key(seed), normal(key(seed + 1), [batch, classes]), { shape: [4, batch] });
      const [reference] = await readOn('reference', [draws]);
      const [wasm] = await readOn('wasm', [draws]);
      expect([...wasm]).toEqual([...reference]);
    },
    { runs: 40 },
  );

  it('refuses logits without classes, draws that the batch does not fit, and integers', () => {
    expect(() => categorical(key(1), zeros([2, 0]))).toThrow(
      'random.categorical: axis 1 of [2, 0] has no classes to draw from; expected one or more',
    );
    expect(() => categorical(key(1), zeros([2, 3]), { shape: [1] })).toThrow(
      'random.categorical: logits of batch [2] do not broadcast to draws of shape [1]',
    );
    expect(() => categorical(key(1), zeros([2, 3]), { shape: [3] })).toThrow('random.categorical');
    expect(() => categorical(key(1), zeros([3], 'i32'))).toThrow('random.categorical: logits are i32[3]; expected f32');
    expect(() => categorical(key(1), tensor(1))).toThrow('random.categorical: axis -1 is out of range');
  });
});
