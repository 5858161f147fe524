import { EinlabError } from '@einlab/einsum-core';
import { dense, type Structure } from '@einlab/nn';
import { blast } from '../blast.ts';
import { blockDiagonal } from '../block-diagonal.ts';
import { blockTensorTrain } from '../block-tensor-train.ts';
import { butterfly } from '../butterfly.ts';
import { circulant, toeplitz } from '../diagonal-structure.ts';
import { einsumStructure } from '../einsum/einsum-structure.ts';
import { einsumPoints } from '../einsum/points.ts';
import { parseTheta } from '../einsum/theta.ts';
import { headAligned } from '../head-aligned.ts';
import { kronecker } from '../kronecker.ts';
import { lowRank } from '../low-rank.ts';
import { monarch } from '../monarch.ts';
import { sumOf } from '../sum-of.ts';
import { tensorTrain } from '../tensor-train.ts';

/** Every structure, with its options away from their defaults too. */
export const structureCatalogue: readonly Structure[] = [
  dense(),
  lowRank(),
  lowRank({ rank: 3 }),
  kronecker(),
  tensorTrain(),
  tensorTrain({ rank: 2 }),
  tensorTrain({ rank: 2, cores: 3 }),
  monarch(),
  monarch({ blocks: 3 }),
  blockTensorTrain(),
  blockTensorTrain({ rank: 2 }),
  blockTensorTrain({ rank: 3, cores: 3 }),
  blockTensorTrain({ cores: 4 }),
  headAligned({ heads: 1, side: 'input' }),
  blockDiagonal({ blocks: 3 }),
  blockDiagonal({ blocks: 4, shuffle: true }),
  butterfly(),
  butterfly({ radix: 3 }),
  blast({ blocks: 2 }),
  blast({ blocks: 3, rank: 4 }),
  circulant(),
  toeplitz(),
  sumOf(blockTensorTrain(), lowRank({ rank: 2 })),
  sumOf(kronecker(), lowRank({ rank: 1 }), circulant()),
  einsumStructure(einsumPoints.dense),
  einsumStructure(parseTheta('1/3|1/3|1/3|1/3|1/3|1/3|1/4')),
  einsumStructure(parseTheta('1/4|1/2|1/4|1/2|1/4|1/4|1/4')),
];

/** Sizes `[in, out]` that a structure must take: square, rectangular both ways, prime, and tiny. */
export const sizeCatalogue: readonly (readonly [inSize: number, outSize: number])[] = [
  [16, 16],
  [36, 36],
  [12, 40],
  [40, 12],
  [32, 38],
  [13, 13],
  [11, 29],
  [31, 7],
  [1, 1],
  [1, 2],
  [1, 3],
  [2, 1],
  [2, 2],
  [2, 3],
  [3, 1],
  [3, 2],
  [3, 3],
  [1, 17],
  [17, 1],
];

/**
 * The sizes out of the catalogue that a structure takes: those that are too small for a rank that was asked for are refused, with an
 * error that says so, and left out.
 */
export const sizesTakenBy = (structure: Structure): readonly (readonly [inSize: number, outSize: number])[] =>
  sizeCatalogue.filter(([inSize, outSize]) => {
    try {
      structure.realize(inSize, outSize);
      return true;
    } catch (error) {
      if (error instanceof EinlabError && /above its maximum|does not fill/.test(error.message)) return false;
      throw error;
    }
  });
