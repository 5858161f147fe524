import { EinlabError, einsum } from '@einlab/einsum-core';
import { type CoreShape, coreDeviation } from '@einlab/nn';
import { type FactoredStructure, factoredStructure } from './factored-map.ts';
import { wholeNumber } from './options.ts';

/** Options of `lowRank`. */
export interface LowRankOptions {
  /** The bond ρ; default ⌈√min(in, out)⌉ for each map. */
  readonly rank?: number;
}

/**
 * A product of a tall and a wide matrix through a bond ρ.
 *
 *   y[...batch, out] = Σ_ρ (Σ_in x[...batch, in] · left[in, ρ]) · right[ρ, out]
 *
 * @remarks ρ·(in + out) parameters and as many multiply-accumulates; rank min(in, out, ρ).
 * @throws {EinlabError} `option` when the rank is not a whole number ≥ 1, and when maps are realized for a rank above min(in, out)
 * @see Qiu et al. 2024, "Compute Better Spent", for the default rank
 */
export function lowRank(options: LowRankOptions = {}): FactoredStructure {
  if (options.rank !== undefined) wholeNumber('lowRank', 'rank', options.rank, 1);
  const text = options.rank === undefined ? 'lowRank()' : `lowRank({ rank: ${options.rank} })`;
  return factoredStructure('low-rank', text, (inSize, outSize, structure) => {
    const rank = options.rank ?? Math.ceil(Math.sqrt(Math.min(inSize, outSize)));
    const [side, limit] = inSize <= outSize ? ['in', inSize] : ['out', outSize];
    if (rank > limit) {
      throw new EinlabError(
        'option',
        `lowRank: rank is ${rank}, above its maximum ${limit} for ${inSize} → ${outSize}, which is ${side}: with it the product is any matrix already`,
        { rank, limit },
      );
    }
    const coreShape = (name: string, fanIn: number, fanOut: number): CoreShape => ({
      name,
      shape: [fanIn, fanOut],
      fanIn,
      fanOut,
      initialDeviation: coreDeviation(fanIn, fanOut),
    });
    return {
      structure,
      in: inSize,
      out: outSize,
      inputDigits: [inSize],
      outputDigits: [outSize],
      stages: [
        {
          core: coreShape('left', inSize, rank),
          pattern: 'batch in, in ρ -> batch ρ',
          input: [inSize],
          output: [rank],
        },
        {
          core: coreShape('right', rank, outSize),
          pattern: 'batch ρ, ρ out -> batch out',
          input: [rank],
          output: [outSize],
        },
      ],
      // one block on both sides: the chain of digits (in, 1) → (1, out)
      chain: { in: inSize, out: outSize, input: [inSize, 1], output: [1, outSize], bonds: [rank], shared: false },
      toDense: (core) => einsum('in ρ, ρ out -> in out', core('left'), core('right')),
      rank: () => Math.min(inSize, outSize, rank),
    };
  });
}
