import { einsum, random, tensor } from '@einlab/einsum-core';
import { describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { closeOn, multiplyLoop, normalizeLoop, normalOf, rowsOf, useBackend } from './backend.test-helper.ts';
import { embedding } from './embedding.ts';
import { layerNorm } from './layer-norm.ts';
import { linear } from './linear.ts';
import { mlp } from './mlp.ts';
import { rmsNorm } from './rms-norm.ts';

describeOnBackends('layers against their definitions', (backend) => {
  useBackend(backend);
  const close = closeOn(backend);

  it('linear is gain · x·W + bias', async () => {
    const layer = linear.init(random.key(1), { in: 4, out: 3, bias: true, gain: true });
    const shifted = { ...layer, bias: tensor([1, 2, 3]), gain: tensor(0.5) };
    const x = await normalOf(2, [2, 4]);
    const product = multiplyLoop(x.values, [...(await layer.map.toDense(layer.cores).data())], 4, 3);
    close(
      await linear.apply(shifted, x.tensor).data(),
      product.map((value, i) => value * 0.5 + 1 + (i % 3)),
      { reductionLength: 4, scale: 5 },
    );
  });

  it('a normalized linear layer shrinks a grown weight to its initial size', async () => {
    const layer = linear.init(random.key(1), { in: 4, out: 4, normalized: true });
    const weight = layer.map.toDense(layer.cores);
    const grown = { ...layer, cores: { weight: weight.multiply(100) } };
    const x = await normalOf(2, [3, 4]);
    const rms = Math.sqrt((await weight.square().mean().item()) * 1e4 + 1e-8);
    const expected = (await einsum('b i, i o -> b o', x.tensor, weight).data()).map(
      (value) => (value * 100 * 0.5) / rms,
    );
    close(await linear.apply(grown, x.tensor).data(), expected, { reductionLength: 16, scale: 5 });
  });

  it('embedding looks rows up, and an id outside gives NaN', async () => {
    const layer = {
      table: tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
    };
    const y = embedding.apply(layer, tensor(Int32Array.of(2, 0, 1, 3), { shape: [2, 2] }));
    expect(await y.toArray()).toEqual([
      [
        [5, 6],
        [1, 2],
      ],
      [
        [3, 4],
        [Number.NaN, Number.NaN],
      ],
    ]);
  });

  it('layerNorm has mean 0 and variance 1 before gain and bias', async () => {
    const x = await normalOf(3, [3, 8]);
    const layer = {
      ...layerNorm.init({ size: 8 }),
      gain: tensor([1, 2, 3, 4, 5, 6, 7, 8]),
      bias: tensor([0, 1, 0, 1, 0, 1, 0, 1]),
    };
    const expected = rowsOf(x.values, 8).flatMap((row) =>
      normalizeLoop(row, layer.eps).map((value, i) => value * (i + 1) + (i % 2)),
    );
    close(await layerNorm.apply(layer, x.tensor).data(), expected, { reductionLength: 16 });
  });

  it('rmsNorm has root mean square 1 before the gain', async () => {
    const x = await normalOf(3, [3, 8]);
    const layer = rmsNorm.init({ size: 8 });
    const expected = rowsOf(x.values, 8).flatMap((row) => {
      const rms = Math.sqrt(row.reduce((total, value) => total + value * value, 0) / 8 + layer.eps);
      return row.map((value) => value / rms);
    });
    close(await rmsNorm.apply(layer, x.tensor).data(), expected, { reductionLength: 16 });
  });

  it('mlp is down(relu(up(x)))', async () => {
    const layer = mlp.init(random.key(5), { width: 3, expansion: 2, activation: 'relu' });
    const x = await normalOf(6, [4, 3]);
    const [up, down] = await Promise.all(
      [layer.up, layer.down].map(async ({ map, cores }) => [...(await map.toDense(cores).data())]),
    );
    const hidden = multiplyLoop(x.values, up ?? [], 3, 6).map((value) => Math.max(0, value));
    close(await mlp.apply(layer, x.tensor).data(), multiplyLoop(hidden, down ?? [], 6, 3), {
      reductionLength: 9,
      scale: 5,
    });
  });

  it('mlp starts at 0 where it ends a residual branch', async () => {
    const layer = mlp.init(random.key(5), { width: 3, zero: true });
    expect([...(await mlp.apply(layer, (await normalOf(6, [1, 3])).tensor).data())]).toEqual([0, 0, 0]);
  });

  it('the same key gives the same layer', async () => {
    const read = async (seed: number): Promise<number[]> => [
      ...((await linear.init(random.key(seed), { in: 3, out: 3 }).cores['weight']?.data()) ?? []),
    ];
    expect(await read(1)).toEqual(await read(1));
    expect(await read(1)).not.toEqual(await read(2));
  });
});

describe('layers refuse what they cannot take', () => {
  const key = random.key(1);
  const x = tensor([[1, 2, 3]]);

  it.each([
    [
      'an input of the wrong size',
      () => linear.apply(linear.init(key, { in: 4, out: 2 }), x),
      'linear: x is f32[1, 3], its last axis is 3; expected in=4',
    ],
    [
      'a scalar',
      () => linear.apply(linear.init(key, { in: 4, out: 2 }), tensor(1)),
      'its last axis is missing; expected in=4',
    ],
    ['no ids', () => embedding.init(key, { count: 0, width: 4 }), 'embedding: count is 0; expected a whole number ≥ 1'],
    [
      'a deviation that is none',
      () => embedding.init(key, { count: 1, width: 4, deviation: Number.NaN }),
      'embedding: deviation is NaN; expected a number ≥ 0',
    ],
    ['half a feature', () => layerNorm.init({ size: 2.5 }), 'layerNorm: size is 2.5'],
    ['a negative eps', () => rmsNorm.init({ size: 2, eps: -1 }), 'rmsNorm: eps is -1; expected a number ≥ 0'],
    [
      'features that would broadcast',
      () => layerNorm.apply(layerNorm.init({ size: 1 }), x),
      'layerNorm: x is f32[1, 3], its last axis is 3; expected 1 features',
    ],
    [
      'an expansion that leaves a fraction',
      () => mlp.init(key, { width: 3, expansion: 0.5 }),
      'expansion 0.5 × width 3 is 1.5',
    ],
    [
      'an unknown activation',
      () => mlp.init(key, { width: 3, activation: 'swish' as never }),
      'activation is "swish"; expected gelu, relu, silu',
    ],
  ])('%s', (_, attempt, message) => {
    expect(attempt).toThrow(message);
  });
});
