import {
  EinlabError,
  multiply,
  openDevice,
  random,
  reshape,
  setDefaultDevice,
  type Tensor,
  transpose,
} from '@einlab/einsum-core';
import { assertClose, property } from '@einlab/testkit';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { blockTensorTrain } from '../block-tensor-train.ts';
import { kronecker } from '../kronecker.ts';
import { lowRank } from '../low-rank.ts';
import { monarch } from '../monarch.ts';
import { tensorTrain } from '../tensor-train.ts';
import { thetaArbitrary } from './arbitrary-theta.test-helper.ts';
import { einsumCost } from './einsum-cost.ts';
import { type EinsumMap, einsumStructure } from './einsum-structure.ts';
import { einsumPoints, paperGrid } from './points.ts';
import { parseTheta, swappedTheta, type Theta } from './theta.ts';

beforeAll(async () => setDefaultDevice(await openDevice('reference')));

const normal = (seed: number, shape: readonly number[]): Tensor => random.normal(random.key(seed), shape);

async function expectEqual(got: Tensor, expected: Tensor, reductionLength = 64): Promise<void> {
  expect(got.shape).toEqual(expected.shape);
  assertClose(await got.data(), await expected.data(), { dtype: 'f64', reductionLength });
}

/** A core's entries by the names of its axes, whatever order they are stored in; axes that it lacks have index 0. */
async function reader(map: EinsumMap, cores: Readonly<Record<string, Tensor>>, name: 'left' | 'right') {
  const stage = map.stages.find(({ core }) => core.name === name);
  if (stage === undefined) throw new Error('a core is missing');
  const axes = stage.pattern
    .slice(stage.pattern.indexOf(',') + 1, stage.pattern.indexOf('->'))
    .trim()
    .split(' ');
  const values = (await cores[name]?.data()) ?? [];
  return (index: Readonly<Record<string, number>>): number =>
    values[axes.reduce((at, axis, i) => at * (stage.core.shape[i] ?? 1) + (index[axis] ?? 0), 0)] ?? Number.NaN;
}

const digitsOf = (index: number, sizes: readonly [number, number, number]): readonly [number, number, number] => [
  Math.floor(index / (sizes[1] * sizes[2])),
  Math.floor(index / sizes[2]) % sizes[1],
  index % sizes[2],
];

describe('einsumStructure', () => {
  property(
    'has the entries Σ_ρ left[φ, δ, ρ, γ, α] · right[φ, ε, ρ, γ, β] in both orders, padded sizes cut off',
    fc.tuple(thetaArbitrary(), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 })),
    async ([theta, inSize, outSize]) => {
      for (const order of ['left-first', 'right-first'] as const) {
        const map = einsumStructure(theta, { order }).realize(inSize, outSize);
        const { alpha, beta, gamma, delta, epsilon, phi, rho } = map.sizes;
        const cores = map.init(random.key(1));
        const [left, right] = [await reader(map, cores, 'left'), await reader(map, cores, 'right')];
        const expected = Array.from({ length: inSize * outSize }, (_, i) => {
          const [γ, β, α] = digitsOf(Math.floor(i / outSize), [gamma, beta, alpha]);
          const [φ, ε, δ] = digitsOf(i % outSize, [phi, epsilon, delta]);
          let total = 0;
          for (let ρ = 0; ρ < rho; ρ++) total += left({ φ, δ, ρ, γ, α }) * right({ φ, ε, ρ, γ, β });
          return total;
        });
        assertClose(await map.toDense(cores).data(), expected, {
          dtype: 'f64',
          reductionLength: rho + 4,
          message: `${map}`,
        });
        const x = normal(2, [2, inSize]);
        const rows = await x.data();
        const image = Array.from({ length: 2 * outSize }, (_, at) => {
          const [row, column] = [Math.floor(at / outSize), at % outSize];
          return expected.reduce(
            (total, value, i) =>
              i % outSize === column ? total + value * (rows[row * inSize + Math.floor(i / outSize)] ?? 0) : total,
            0,
          );
        });
        assertClose(await map.apply(cores, x).data(), image, { dtype: 'f64', reductionLength: 4 * inSize + 8 });
      }
    },
  );

  property(
    'has counts of its formula, and takes the cheaper order',
    fc.tuple(thetaArbitrary(), fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 200 })),
    ([theta, inSize, outSize]) => {
      const map = einsumStructure(theta).realize(inSize, outSize);
      const { sizes } = map;
      const costs = (['left-first', 'right-first'] as const).map((order) => einsumCost(sizes, order));
      const least = Math.min(...costs.map(({ macs }) => macs));
      expect([map.macs, map.parameterCount]).toEqual([least, costs[0]?.parameters]);
      expect(costs.map(({ activation }) => activation)).toContain(map.activation);
      expect(map.sizes.alpha * map.sizes.beta * map.sizes.gamma).toBeGreaterThanOrEqual(inSize);
      expect(map.sizes.delta * map.sizes.epsilon * map.sizes.phi).toBeGreaterThanOrEqual(outSize);
    },
  );

  it('uses every parameter once exactly where no digit is shared', () => {
    for (const { theta } of paperGrid) {
      const map = einsumStructure(theta).realize(256, 256);
      const isShared = map.sizes.beta > 1 || map.sizes.delta > 1;
      expect(map.macs === map.parameterCount).toBe(!isShared);
    }
  });

  // Where the published grid's digits are whole numbers at 1024 its multiply-accumulates are these.
  it.each([
    ['btt1', 65_536],
    ['btt11', 393_216],
    ['tt1', 65_536],
    ['tt3', 393_216],
    ['l1', 370_688],
    ['l2', 65_536],
  ])('%s costs %i multiply-accumulates at 1024 → 1024', (name, macs) => {
    const theta = paperGrid.find((point) => point.name === name)?.theta;
    if (theta === undefined) throw new Error('no such point');
    expect(einsumStructure(theta).realize(1024, 1024).macs).toBe(macs);
  });

  it('takes near divisors, and else pads, where the published code rounds and drops features', () => {
    const map = einsumStructure(einsumPoints.monarch).realize(254, 254);
    expect([map.sizes.alpha, map.sizes.gamma, map.sizes.epsilon, map.sizes.phi]).toEqual([15, 17, 15, 17]);
    expect(map.theta.alpha).toBeCloseTo(Math.log(15) / Math.log(255), 12);
    // a third of 1024 is 10.08: near divisors are better than 10 · 103
    const third = einsumStructure(parseTheta('1/3|0|2/3|0|2/3|1/3|0')).realize(1024, 1024);
    expect([third.sizes.alpha, third.sizes.gamma, third.sizes.epsilon, third.sizes.phi]).toEqual([8, 128, 128, 8]);
    expect(third.theta.alpha).toBeCloseTo(0.3, 12);
    expect(third.rank).toBe(1024);
  });

  it('prefers exact divisors to padding where they are near', () => {
    const { sizes } = einsumStructure(einsumPoints.monarch).realize(768, 3072);
    expect(sizes).toMatchObject({ alpha: 24, gamma: 32, epsilon: 48, phi: 64 });
  });

  it('costs of the order count: an uncanonical point is contracted right first, at the cost of its mirror image', () => {
    const theta: Theta = parseTheta('1/3|2/3|0|3/4|1/4|0|0');
    const [own, mirror] = [theta, swappedTheta(theta)].map((point) => einsumStructure(point).realize(4096, 4096));
    expect([own?.order, mirror?.order]).toEqual(['right-first', 'left-first']);
    expect(own?.macs).toBe(mirror?.macs);
    expect(own?.rank).toBe(mirror?.rank);
  });
});

describe('named structures as points of the einsum space, given the same cores', () => {
  it('Kronecker', async () => {
    const named = kronecker().realize(48, 30);
    const { input, output } = splitOf(named);
    const sizes = { alpha: input[1], beta: input[0], gamma: 1, delta: output[1], epsilon: output[0], phi: 1, rho: 1 };
    const point = einsumStructure(einsumPoints.kronecker, { sizes, order: 'left-first' }).realize(48, 30);
    const cores = named.init(random.key(1));
    await expectEqual(point.toDense(cores), named.toDense(cores));
    expect([point.macs, point.parameterCount, point.rank]).toEqual([named.macs, named.parameterCount, named.rank]);
  });

  it('low rank', async () => {
    const named = lowRank({ rank: 5 }).realize(32, 20);
    const sizes = { alpha: 32, beta: 1, gamma: 1, delta: 1, epsilon: 20, phi: 1, rho: 5 };
    const cores = named.init(random.key(1));
    const point = einsumStructure(einsumPoints.lowRank(1 / 2), { sizes }).realize(32, 20);
    await expectEqual(point.toDense(cores), named.toDense(cores));
    expect([point.macs, point.parameterCount, point.rank]).toEqual([named.macs, named.parameterCount, 5]);
  });

  it('tensor train, block tensor train: same cores, same axes', async () => {
    const sizes = { alpha: 6, beta: 4, gamma: 1, delta: 5, epsilon: 3, phi: 1, rho: 2 };
    const train = tensorTrain({ rank: 2, split: { input: [6, 4], output: [5, 3] } }).realize(23, 14);
    const cores = train.init(random.key(1));
    const point = einsumStructure(einsumPoints.tensorTrain(1 / 4), { sizes, order: 'left-first' }).realize(23, 14);
    await expectEqual(point.toDense(cores), train.toDense(cores));
    expect([point.macs, point.rank]).toEqual([train.macs, train.rank]);

    const blocks = blockTensorTrain({ rank: 2, split: { input: [6, 4], output: [5, 3] } }).realize(23, 14);
    const blockCores = blocks.init(random.key(2));
    const blockSizes = { alpha: 6, beta: 1, gamma: 4, delta: 1, epsilon: 3, phi: 5, rho: 2 };
    const blockPoint = einsumStructure(einsumPoints.blockTensorTrain(1 / 4), {
      sizes: blockSizes,
      order: 'left-first',
    }).realize(23, 14);
    await expectEqual(blockPoint.toDense(blockCores), blocks.toDense(blockCores));
    expect([blockPoint.macs, blockPoint.rank]).toEqual([blocks.macs, blocks.rank]);
  });

  it('Monarch with 4 blocks of 64 features, up to the order of outputs', async () => {
    const named = monarch({ blocks: 4 }).realize(64, 64);
    const sizes = { alpha: 16, beta: 1, gamma: 4, delta: 1, epsilon: 16, phi: 4, rho: 4 };
    const point = einsumStructure(einsumPoints.monarchBlocks(1 / 3), { sizes }).realize(64, 64);
    const [left, right] = [normal(1, [4, 16, 16]), normal(2, [4, 16, 16])];
    const cores = {
      left: reshape(left, [4, 16, 4, 4]),
      right: transpose(reshape(right, [4, 4, 4, 16]), [0, 2, 1, 3]),
    };
    const fromNamed = transpose(reshape(named.toDense({ left, right }), [64, 16, 4]), [0, 2, 1]);
    await expectEqual(point.toDense(cores), reshape(fromNamed, [64, 64]));
    expect([point.macs, point.parameterCount]).toEqual([named.macs, named.parameterCount]);
  });

  it('dense is the elementwise product of the factors', async () => {
    const map = einsumStructure(einsumPoints.dense).realize(7, 5);
    const [left, right] = [normal(1, [7, 5]), normal(2, [5, 7])];
    expect(map.cores.map(({ shape }) => shape)).toEqual([
      [7, 5],
      [5, 7],
    ]);
    await expectEqual(map.toDense({ left, right }), multiply(left, transpose(right, [1, 0])));
  });

  it('mirror images are the same map with digits in another order', async () => {
    const sizes = { alpha: 2, beta: 3, gamma: 2, delta: 3, epsilon: 2, phi: 2, rho: 2 };
    const mirrored = { alpha: 3, beta: 2, gamma: 2, delta: 2, epsilon: 3, phi: 2, rho: 2 };
    const theta = parseTheta('1/3|1/3|1/3|1/3|1/3|1/3|1/4');
    const own = einsumStructure(theta, { sizes, order: 'left-first' }).realize(12, 12);
    const mirror = einsumStructure(swappedTheta(theta), { sizes: mirrored, order: 'right-first' }).realize(12, 12);
    const { left, right } = own.init(random.key(3));
    if (left === undefined || right === undefined) throw new Error('a core is missing');
    const other = mirror.toDense({ left: right, right: left });
    // X[γ, β, α] against X[γ, α, β], Y[φ, ε, δ] against Y[φ, δ, ε]
    const digits = reshape(other, [2, 2, 3, 2, 3, 2]);
    await expectEqual(own.toDense({ left, right }), reshape(transpose(digits, [0, 2, 1, 3, 5, 4]), [12, 12]));
  });

  it('the transposed map exchanges inputs and outputs of the point', async () => {
    const theta = parseTheta('1/2|1/4|1/4|1/4|1/2|1/4|1/4');
    const map = einsumStructure(theta).realize(16, 81);
    // (α, β, γ) ↔ (ε, δ, φ) of the other factor
    const turned = {
      alpha: theta.epsilon,
      beta: theta.delta,
      gamma: theta.phi,
      delta: theta.beta,
      epsilon: theta.alpha,
      phi: theta.gamma,
      rho: theta.rho,
    };
    const other = einsumStructure(turned).realize(81, 16);
    expect([other.parameterCount, other.macs, other.rank]).toEqual([map.parameterCount, map.macs, map.rank]);
  });
});

function splitOf(map: { inputDigits: readonly number[]; outputDigits: readonly number[] }) {
  const [a = 1, b = 1] = map.inputDigits;
  const [c = 1, d = 1] = map.outputDigits;
  return { input: [a, b] as const, output: [c, d] as const };
}

describe('sizes that cannot be served', () => {
  const sizes = { alpha: 4, beta: 1, gamma: 4, delta: 1, epsilon: 4, phi: 4, rho: 1 };
  it.each<[string, () => unknown, string]>([
    [
      'a prime without padding',
      () => einsumStructure(einsumPoints.monarch, { maxPadding: 0 }).realize(257, 256),
      'einsumStructure: in is 257, which no digits near 16 · 16 serve with padding of at most 0 %; the nearest are 1 · 257. Allow more padding, or choose another size',
    ],
    [
      'an output that needs more padding',
      () => einsumStructure(einsumPoints.monarch, { maxPadding: 0.001 }).realize(256, 257),
      'einsumStructure: out is 257, which no digits near 16 · 16 serve with padding of at most 0.1 %',
    ],
    [
      'sizes that are too small',
      () => einsumStructure(einsumPoints.monarch, { sizes }).realize(17, 16),
      'sizes alpha · beta · gamma = 4 · 1 · 4 hold 16 features, but the map has 17 inputs; expected a product ≥ 17',
    ],
    [
      'a bond above its maximum',
      () => einsumStructure(einsumPoints.monarch, { sizes: { ...sizes, alpha: 3, gamma: 6, rho: 4 } }).realize(16, 16),
      'sizes.rho is 4, above its maximum 3, which is alpha · delta',
    ],
    [
      'a size 0',
      () => einsumStructure(einsumPoints.monarch, { sizes: { ...sizes, beta: 0 } }).realize(16, 16),
      'einsumStructure: sizes.beta is 0; expected a whole number ≥ 1',
    ],
    ['no inputs', () => einsumStructure(einsumPoints.monarch).realize(0, 4), 'in is 0; expected a whole number ≥ 1'],
  ])('%s is refused', (_, call, message) => {
    expect(call).toThrow(EinlabError);
    expect(call).toThrow(message);
  });
});
