import { dense, type Structure } from '@einlab/nn';
import { blockTensorTrain } from '../block-tensor-train.ts';
import { einsumStructure } from '../einsum/einsum-structure.ts';
import { einsumPoints } from '../einsum/points.ts';
import { parseTheta } from '../einsum/theta.ts';
import { kronecker } from '../kronecker.ts';
import { lowRank } from '../low-rank.ts';
import { monarch } from '../monarch.ts';
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
