import { EinlabError, einsum, reshape } from '@einlab/einsum-core';
import { type CoreShape, coreDeviation } from '@einlab/nn';
import { type FactoredStructure, factoredStructure } from './factored-map.ts';
import { wholeNumber } from './options.ts';
import { flowRank } from './rank/flow-rank.ts';

/** Options of `blast`. */
export interface BlastOptions {
  /** Blocks b of each side; 4 by default. */
  readonly blocks?: number;
  /** The bond r; default ⌈√min(in, out)⌉ for each map. */
  readonly rank?: number;
}

/**
 * A block matrix whose blocks are low-rank and share their factors: block (i, j) is left_i · diag(coupling_ij) · right_j.
 *
 *   x seen as X[i, in]
 *   Z[i, ρ]    = Σ_in X[i, in] · left[i, in, ρ]
 *   V[ρ, j]    = Σ_i  Z[i, ρ] · coupling[ρ, i, j]
 *   Y[j, out]  = Σ_ρ  V[ρ, j] · right[j, ρ, out]        y is Y, j slowest
 *
 * @remarks r·(in + out + b²) parameters and as many multiply-accumulates. With couplings of 1 it is low-rank; with couplings that select one block
 *   for each ρ it is block-diagonal, or a block tensor train.
 * @throws {EinlabError} `option` for options that are no whole numbers ≥ 1, and when maps are realized for a rank above min(in, out) or for
 *   fewer features than blocks
 * @see Lee et al. 2024, "BLAST: Block-level adaptive structured matrices for efficient deep neural network inference"
 */
export function blast(options: BlastOptions = {}): FactoredStructure {
  const blocks = wholeNumber('blast', 'blocks', options.blocks ?? 4, 1);
  if (options.rank !== undefined) wholeNumber('blast', 'rank', options.rank, 1);
  const text = `blast({ blocks: ${blocks}${options.rank === undefined ? '' : `, rank: ${options.rank}`} })`;
  return factoredStructure('blast', text, (inSize, outSize, structure) => {
    const [side, least] = inSize <= outSize ? ['in', inSize] : ['out', outSize];
    const rank = options.rank ?? Math.ceil(Math.sqrt(least));
    if (rank > least) {
      throw new EinlabError(
        'option',
        `blast: rank is ${rank}, above its maximum ${least} for ${inSize} → ${outSize}, which is ${side}: with it the product is any matrix already`,
        { rank, limit: least },
      );
    }
    const [inBlock, outBlock] = [Math.ceil(inSize / blocks), Math.ceil(outSize / blocks)];
    if (Math.ceil(inSize / inBlock) < blocks || Math.ceil(outSize / outBlock) < blocks) {
      throw new EinlabError(
        'option',
        `blast: ${side} is ${least}, which does not fill ${blocks} blocks of ${inBlock} → ${outBlock}; expected at least one feature for each block on both sides`,
        { in: inSize, out: outSize, blocks },
      );
    }
    const core = (name: string, shape: readonly number[], fanIn: number, fanOut: number): CoreShape => ({
      name,
      shape,
      fanIn,
      fanOut,
      initialDeviation: coreDeviation(fanIn, fanOut),
    });
    const stages = [
      {
        core: core('left', [blocks, inBlock, rank], inBlock, rank),
        pattern: 'batch i in, i in ρ -> batch i ρ',
        input: [blocks, inBlock],
        output: [blocks, rank],
      },
      {
        core: core('coupling', [rank, blocks, blocks], blocks, blocks),
        pattern: 'batch i ρ, ρ i j -> batch ρ j',
        input: [blocks, rank],
        output: [rank, blocks],
      },
      {
        core: core('right', [blocks, rank, outBlock], rank, outBlock),
        pattern: 'batch ρ j, j ρ out -> batch j out',
        input: [rank, blocks],
        output: [blocks, outBlock],
      },
    ];
    return {
      structure,
      in: inSize,
      out: outSize,
      inputDigits: [blocks, inBlock],
      outputDigits: [blocks, outBlock],
      stages,
      toDense: (given) =>
        reshape(einsum('i in ρ, ρ i j, j ρ out -> i in j out', given('left'), given('coupling'), given('right')), [
          blocks * inBlock,
          blocks * outBlock,
        ]),
      rank: () => flowRank({ in: inSize, out: outSize, stages }),
    };
  });
}
