import { openDevice, random, setDefaultDevice } from '@einlab/einsum-core';
import { matrix, matrixRank } from '@einlab/numerics';
import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { rankByElimination } from '../rank/generic-rank.ts';
import { tensorTrain } from '../tensor-train.ts';
import { thetaArbitrary } from './arbitrary-theta.test-helper.ts';
import { einsumRankBound } from './einsum-cost.ts';
import { einsumStructure } from './einsum-structure.ts';
import { paperGrid } from './points.ts';

beforeAll(async () => setDefaultDevice(await openDevice('reference')));

describe('rank of a point of the einsum space', () => {
  property(
    'is exact for any exponents, sizes and padding',
    fc.tuple(thetaArbitrary(), fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 24 })),
    async ([theta, inSize, outSize]) => {
      const map = einsumStructure(theta).realize(inSize, outSize);
      const dense = await map.toDense(map.init(random.key(11))).data();
      expect([`${map}`, map.rank]).toEqual([`${map}`, matrixRank(matrix(inSize, outSize, dense), { tolerance: 1e-9 })]);
      expect(map.rank).toBeLessThanOrEqual(Math.min(inSize, outSize, einsumRankBound(map.sizes)));
    },
  );

  it('of the published points at 256 → 256 is what their axes allow', () => {
    for (const { name, theta } of paperGrid) {
      const map = einsumStructure(theta).realize(256, 256);
      expect([name, map.rank]).toEqual([name, Math.min(256, einsumRankBound(map.sizes))]);
    }
  });

  it('by elimination finds 14 for digits (3, 5) → (5, 3) with bond 2, where the axes allow 15', () => {
    const map = tensorTrain({ rank: 2, split: { input: [3, 5], output: [5, 3] } }).realize(15, 15);
    expect(rankByElimination(map)).toBe(14);
    expect(einsumRankBound({ alpha: 3, beta: 5, gamma: 1, delta: 5, epsilon: 3, phi: 1, rho: 2 })).toBe(15);
  });

  it('by elimination is left alone where it would take long', () => {
    expect(rankByElimination(tensorTrain().realize(2048, 2048))).toBeUndefined();
  });
});
