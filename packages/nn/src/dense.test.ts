import { random } from '@einlab/einsum-core';
import { describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { closeOn, multiplyLoop, normalOf, useBackend } from './backend.test-helper.ts';
import { dense } from './dense.ts';

describe('dense()', () => {
  it('counts one parameter and one multiply-accumulate per entry', () => {
    const map = dense().realize(64, 256);
    expect(map).toMatchObject({ in: 64, out: 256, parameterCount: 16384, macs: 16384, activation: 0, rank: 64 });
    expect(map.cores).toEqual([{ name: 'weight', shape: [64, 256], fanIn: 64, fanOut: 256, initialDeviation: 8 / 64 }]);
    expect(`${map}`).toBe('dense() 64 → 256');
  });

  it.each([
    [64, 256, 1 / 8],
    [256, 64, 8 / 256],
  ])('realize(%d, %d) asks for the deviation √min(in, out)/in', (inSize, outSize, deviation) => {
    expect(dense().realize(inSize, outSize).cores[0]?.initialDeviation).toBe(deviation);
  });

  it('gives Adam the multiplier baseIn / in, structure or not', () => {
    const map = dense().realize(256, 64);
    expect(map.rates({ baseIn: 64 })).toEqual({ weight: 0.25 });
    expect(map.rates({ baseIn: 64, aware: false })).toEqual({ weight: 0.25 });
    expect(map.rates({ baseIn: 64, optimizer: 'sgd' })).toEqual({ weight: 1 });
  });

  it.each([
    [0, 4, 'dense: in is 0; expected a whole number ≥ 1'],
    [4, 1.5, 'dense: out is 1.5; expected a whole number ≥ 1'],
  ])('realize(%d, %d) is refused with a reason', (inSize, outSize, message) => {
    expect(() => dense().realize(inSize, outSize)).toThrow(message);
  });

  it('names a core that is missing', () => {
    expect(() =>
      dense()
        .realize(2, 2)
        .toDense({ wait: random.normal(random.key(1), [2, 2]) }),
    ).toThrow('the core "weight" is missing; got wait');
  });
});

describeOnBackends('dense().realize(in, out)', (backend) => {
  useBackend(backend);
  const close = closeOn(backend);

  it('apply(cores, x) is the product with the weight, for any leading axes', async () => {
    const map = dense().realize(5, 3);
    const cores = map.init(random.key(1));
    const x = await normalOf(2, [2, 4, 5]);
    const weight = [...(await map.toDense(cores).data())];
    const y = map.apply(cores, x.tensor);
    expect(y.shape).toEqual([2, 4, 3]);
    close(await y.data(), multiplyLoop(x.values, weight, 5, 3), { reductionLength: 5, scale: 10 });
  });

  it('init(key) has the deviation √min(in, out)/in, within 3 standard errors', async () => {
    const map = dense().realize(100, 400);
    const draws = await Promise.all(
      [1, 2, 3, 4].map(async (seed) => [...(await map.toDense(map.init(random.key(seed))).data())]),
    );
    const values = draws.flat();
    const variance = values.reduce((total, value) => total + value * value, 0) / values.length;
    const expected = 100 / 100 ** 2;
    expect(Math.abs(variance - expected)).toBeLessThan(3 * expected * Math.sqrt(2 / values.length));
  });

  it('init(key, { zero: true }) gives 0', async () => {
    const map = dense().realize(3, 2);
    expect([...(await map.toDense(map.init(random.key(3), { zero: true })).data())]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('normalize(cores) changes nothing below σ and undoes any growth above it', async () => {
    const map = dense().realize(6, 6);
    const { weight } = map.init(random.key(4));
    if (weight === undefined) throw new Error('dense has a core "weight"');
    const read = async (scale: number): Promise<number[]> => [
      ...(await map.toDense(map.normalize({ weight: weight.multiply(scale) })).data()),
    ];
    close(
      await read(0.5),
      (await weight.data()).map((value) => value * 0.5),
    );
    // the eps inside the root is 10⁻⁸ of the mean square
    const [large, larger] = [await read(10), await read(1000)];
    const worst = Math.max(...large.map((value, i) => Math.abs(value - (larger[i] ?? 0))));
    expect(worst).toBeLessThan(1e-6);
    const deviation = Math.sqrt(larger.reduce((total, value) => total + value * value, 0) / 36);
    expect(deviation).toBeCloseTo(1 / Math.sqrt(6), 5);
  });
});
