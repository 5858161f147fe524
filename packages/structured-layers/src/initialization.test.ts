import { openDevice, random, setDefaultDevice } from '@einlab/einsum-core';
import { dense, type Structure } from '@einlab/nn';
import { jacobiSvd, matrix, standardError } from '@einlab/numerics';
import { beforeAll, describe, expect, it } from 'vitest';
import { blockTensorTrain } from './block-tensor-train.ts';
import { kronecker } from './kronecker.ts';
import { lowRank } from './low-rank.ts';
import { monarch } from './monarch.ts';
import { tensorTrain } from './tensor-train.ts';
import { structureCatalogue } from './testing/catalogue.ts';
import { initialScale } from './testing/structure-laws.ts';

beforeAll(async () => setDefaultDevice(await openDevice('reference')));

const mean = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0) / values.length;
const keysOf = (count: number) => random.split(random.key(8), count);

describe('initialization', () => {
  // σ of each core for d → d with d = 256, from the rule √min(fanIn, fanOut)/fanIn
  it.each<[Structure, readonly number[]]>([
    [dense(), [256 ** -0.5]],
    [lowRank({ rank: 4 }), [4 ** 0.5 / 256, 4 ** -0.5]],
    [kronecker(), [256 ** -0.25, 256 ** -0.25]],
    [tensorTrain({ rank: 4 }), [256 ** -0.25, 256 ** -0.25 / 4]],
    [blockTensorTrain({ rank: 4 }), [256 ** -0.25, 256 ** -0.25 / 4]],
    [monarch({ blocks: 4 }), [64 ** -0.5, 64 ** -0.5]],
  ])('%s has the deviations of its family', (structure, deviations) => {
    const { cores } = structure.realize(256, 256);
    expect(cores).toHaveLength(deviations.length);
    for (const [i, { initialDeviation }] of cores.entries())
      expect(initialDeviation).toBeCloseTo(deviations[i] ?? NaN, 12);
  });

  it.each(structureCatalogue.map((structure) => [`${structure}`, structure] as const))(
    '%s draws cores with those deviations, within three standard errors',
    async (_, structure) => {
      const map = structure.realize(64, 96);
      const drawn = keysOf(8).map((key) => map.init(key));
      for (const { name, initialDeviation } of map.cores) {
        const values = (
          await Promise.all(drawn.map(async (cores) => Array.from((await cores[name]?.data()) ?? [])))
        ).flat();
        const meanSquare = mean(values.map((value) => value * value));
        // the variance of a mean of n squares of normals is 2σ⁴/n
        expect(Math.abs(meanSquare / initialDeviation ** 2 - 1)).toBeLessThan(3 * Math.sqrt(2 / values.length));
      }
    },
  );

  it.each(structureCatalogue.map((structure) => [`${structure}`, structure] as const))(
    '%s gives outputs of the size that its paths say, padded or not',
    async (_, structure) => {
      const keys = keysOf(16);
      for (const [inSize, outSize] of [
        [48, 48],
        [31, 47],
      ] as const) {
        const map = structure.realize(inSize, outSize);
        const { expected, estimates } = await initialScale(map, keys);
        // four standard errors, because there are many comparisons of skewed estimates
        expect(Math.abs(mean(estimates) - expected), `${map}`).toBeLessThan(4 * standardError(estimates));
      }
    },
  );

  // RMS_out²/RMS_in² = Π min(1, fanOut/fanIn): 1 for square block tensor trains of rank 1, 1/r for rank r, r/d for low rank
  it.each<[Structure, number]>([
    [dense(), 1],
    [blockTensorTrain(), 1],
    [blockTensorTrain({ rank: 4 }), 1 / 4],
    [tensorTrain({ rank: 2 }), 1 / 2],
    [kronecker(), 1],
    [monarch(), 1],
    [lowRank({ rank: 8 }), 8 / 64],
  ])('%s keeps %d of the mean square at 64 → 64', async (structure, ratio) => {
    const { expected } = await initialScale(structure.realize(64, 64), []);
    expect(expected).toBeCloseTo(ratio, 9);
  });

  it('keeps the spectral norm below 1.2 · Π σ(√fanIn + √fanOut)', async () => {
    for (const structure of structureCatalogue) {
      const map = structure.realize(64, 96);
      const bound = map.cores.reduce(
        (total, { initialDeviation: sigma, fanIn, fanOut }) => total * sigma * (Math.sqrt(fanIn) + Math.sqrt(fanOut)),
        1.2,
      );
      const { singularValues } = jacobiSvd(matrix(64, 96, await map.toDense(map.init(random.key(2))).data()));
      expect(singularValues[0], `${map}`).toBeLessThan(bound);
    }
  });
});

describe('learning rates', () => {
  const d = 256;
  const baseIn = 64;
  // κ, the multiplier against a dense layer of the same width, for d → d
  it.each<[Structure, readonly number[]]>([
    [dense(), [1]],
    [lowRank({ rank: 4 }), [1 / 2, d / (2 * 4)]],
    [kronecker(), [Math.sqrt(d) / 2, Math.sqrt(d) / 2]],
    [tensorTrain({ rank: 4 }), [Math.sqrt(d) / 2, Math.sqrt(d) / (2 * 4)]],
    [blockTensorTrain({ rank: 4 }), [Math.sqrt(d) / 2, Math.sqrt(d) / (2 * 4)]],
    [monarch({ blocks: 4 }), [4 / 2, 4 / 2]],
    [blockTensorTrain({ rank: 2, cores: 4 }), [1, 1 / 2, 1 / 2, 1 / 2].map((share) => (d ** (3 / 4) * share) / 4)],
  ])('of %s for adam are κ of its family times the dense multiplier', (structure, kappas) => {
    const map = structure.realize(d, d);
    const aware = Object.values(map.rates({ baseIn }));
    for (const [i, rate] of aware.entries()) expect(rate).toBeCloseTo(((kappas[i] ?? NaN) * baseIn) / d, 9);
    expect(Object.values(map.rates({ baseIn, aware: false }))).toEqual(map.cores.map(() => baseIn / d));
  });

  // A step of a rule on a core changes an output of the map by Θ(fanIn · entry) or by the spectral norm: the same for all rules
  it.each<[Structure, readonly number[]]>([
    [dense(), [1]],
    [lowRank({ rank: 4 }), [Math.sqrt(4 / d) / 2, 1 / 2]],
    [kronecker(), [1 / 2, 1 / 2]],
    [blockTensorTrain({ rank: 4 }), [1 / 2, Math.sqrt(1 / 4) / 2]],
    [monarch({ blocks: 4 }), [1 / 2, 1 / 2]],
  ])('of %s for muon are √min(1, fanOut/fanIn) / cores, whatever the width', (structure, expected) => {
    for (const size of [d, 4 * d]) {
      const rates = Object.values(structure.realize(size, size).rates({ optimizer: 'muon', baseIn }));
      for (const [i, rate] of rates.entries()) {
        const wanted = structure.name === 'low-rank' && i === 0 ? Math.sqrt(4 / size) / 2 : (expected[i] ?? NaN);
        expect(rate).toBeCloseTo(wanted, 12);
      }
      expect(Object.values(structure.realize(size, size).rates({ optimizer: 'muon', baseIn, aware: false }))).toEqual(
        rates.map(() => 1),
      );
    }
  });

  it('for adamW and lion are those for adam, which move every entry by the rate, too', () => {
    const map = blockTensorTrain({ rank: 2 }).realize(96, 64);
    const adam = map.rates({ optimizer: 'adam', baseIn });
    expect(map.rates({ optimizer: 'adamW', baseIn })).toEqual(adam);
    expect(map.rates({ optimizer: 'lion', baseIn })).toEqual(adam);
    expect(() => map.rates({ optimizer: 'adagrad' as 'adam', baseIn })).toThrow(
      'rates: optimizer is "adagrad"; expected adam, adamW, lion, sgd, muon',
    );
  });

  it('for sgd follow fanOut/fanIn of each core against out/in of the map', () => {
    const rates = blockTensorTrain({ rank: 4 }).realize(256, 256).rates({ optimizer: 'sgd', baseIn });
    expect(rates).toEqual({ left: 4 / 2, right: 1 / 4 / 2 });
    expect(lowRank({ rank: 4 }).realize(16, 64).rates({ optimizer: 'sgd', baseIn })).toEqual({
      left: 4 / 16 / 4 / 2,
      right: 64 / 4 / 4 / 2,
    });
  });
});
