import { openDevice, random, setDefaultDevice } from '@einlab/einsum-core';
import { matrix, matrixRank } from '@einlab/numerics';
import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { blockTensorTrain } from '../block-tensor-train.ts';
import { bondLimits } from '../chain-bonds.ts';
import type { ChainSplit } from '../chain-shape.ts';
import type { FactoredStructure } from '../factored-map.ts';
import { kronecker } from '../kronecker.ts';
import { monarch } from '../monarch.ts';
import { bestSplit } from '../split/best-split.ts';
import { tensorTrain } from '../tensor-train.ts';
import { chainRank } from './chain-rank.ts';

beforeAll(async () => setDefaultDevice(await openDevice('reference')));

async function numericRank(structure: FactoredStructure, inSize: number, outSize: number): Promise<number> {
  const map = structure.realize(inSize, outSize);
  const dense = await map.toDense(map.init(random.key(11))).data();
  return matrixRank(matrix(inSize, outSize, dense), { tolerance: 1e-10 });
}

/** Digits for `cores` cores, and true sizes up to half below their products. */
const splitOf = (cores: number, largest: number) => {
  const digits = fc.array(fc.integer({ min: 1, max: largest }), { minLength: cores, maxLength: cores });
  const sizeUnder = (list: readonly number[]) => {
    const whole = list.reduce((a, b) => a * b);
    return fc.integer({ min: Math.ceil(whole / 2), max: whole });
  };
  return fc
    .tuple(digits, digits)
    .chain(([input, output]) =>
      fc.record({ split: fc.constant({ input, output }), inSize: sizeUnder(input), outSize: sizeUnder(output) }),
    );
};

/** A rank that is not more than digits can use. */
const usable = (rank: number, split: ChainSplit, isShared: boolean): number =>
  Math.min(rank, Math.max(...bondLimits(split, isShared).map(({ limit }) => limit)));

describe('rank', () => {
  property(
    'of a block tensor train is exact for any digits, bond and padding',
    fc.tuple(fc.oneof(splitOf(2, 5), splitOf(3, 3)), fc.integer({ min: 1, max: 3 })),
    async ([{ split, inSize, outSize }, rank]) => {
      const structure = blockTensorTrain({ rank: usable(rank, split, false), split, cores: split.input.length });
      expect(structure.realize(inSize, outSize).rank).toBe(await numericRank(structure, inSize, outSize));
    },
  );

  property(
    'of a Kronecker product is exact for any digits and padding',
    splitOf(2, 5),
    async ({ split, inSize, outSize }) => {
      const structure = kronecker({ split });
      expect(structure.realize(inSize, outSize).rank).toBe(await numericRank(structure, inSize, outSize));
    },
  );

  property(
    'of a tensor train of rank 1 is exact for any digits and padding',
    splitOf(3, 3),
    async ({ split, inSize, outSize }) => {
      const structure = tensorTrain({ cores: 3, split });
      expect(structure.realize(inSize, outSize).rank).toBe(await numericRank(structure, inSize, outSize));
    },
  );

  property(
    'of a tensor train is exact, for digits by hand and by default',
    fc.tuple(splitOf(2, 4), fc.integer({ min: 2, max: 3 })),
    async ([{ split, inSize, outSize }, rank]) => {
      const given = tensorTrain({ rank: usable(rank, split, true), split });
      expect(given.realize(inSize, outSize).rank).toBe(await numericRank(given, inSize, outSize));
      const chosen = tensorTrain({ rank: usable(rank, bestSplit(inSize, outSize, { family: 'tensor-train' }), true) });
      expect(chosen.realize(inSize, outSize).rank).toBe(await numericRank(chosen, inSize, outSize));
    },
  );

  property(
    'of a Monarch matrix is exact, also where the blocks do not divide the sizes',
    fc.record({
      blocks: fc.integer({ min: 1, max: 6 }),
      inSize: fc.integer({ min: 1, max: 30 }),
      outSize: fc.integer({ min: 1, max: 30 }),
    }),
    async ({ blocks, inSize, outSize }) => {
      const structure = monarch({ blocks });
      expect(structure.realize(inSize, outSize).rank).toBe(await numericRank(structure, inSize, outSize));
    },
  );

  it('of a tensor train with digits (3, 5) → (5, 3) and bond 2 is 14, below its smallest cut', async () => {
    const structure = tensorTrain({ rank: 2, split: { input: [3, 5], output: [5, 3] } });
    expect(structure.realize(15, 15).rank).toBe(14);
    expect(chainRank({ in: 15, out: 15, input: [3, 5], output: [5, 3], bonds: [2], shared: true })).toBe(15);
    expect(await numericRank(structure, 15, 15)).toBe(14);
  });

  it('multiplies in Kronecker products and is at most the bond in low-rank splits', () => {
    expect(kronecker({ split: { input: [3, 4], output: [2, 6] } }).realize(12, 12).rank).toBe(2 * 4);
    expect(blockTensorTrain({ rank: 3, split: { input: [12, 1], output: [1, 12] } }).realize(12, 12).rank).toBe(3);
  });
});
