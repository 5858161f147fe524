import { EinlabError } from '@einlab/einsum-core';
import { chainPlan } from './chain.ts';
import { chainBonds } from './chain-bonds.ts';
import { type ChainSplit, chainCost } from './chain-shape.ts';
import { type FactoredStructure, factoredStructure } from './factored-map.ts';
import { wholeNumber } from './options.ts';
import { chainRank } from './rank/chain-rank.ts';
import { factorizations } from './split/factorizations.ts';

/** Options of `headAligned`. */
export interface HeadAlignedOptions {
  /** Attention heads, which the features of one side are divided into. */
  readonly heads: number;
  /** The side that has heads: `output` for queries, keys and values, `input` for the map behind attention. */
  readonly side: 'input' | 'output';
  /** ρ; default 1. */
  readonly rank?: number;
}

/**
 * A block tensor train of two cores whose digits on one side are (head, dim), so that a block belongs to one head. The digits of the
 * other side are the cheapest of full rank, or of the largest rank where none has full rank.
 *
 * @throws {EinlabError} `option` for options that are none, and when maps are realized whose features do not divide into the heads
 * @see Potapczynski, Qiu et al. 2024, where such digits are reported to be worth 17 % of the compute
 */
export function headAligned({ heads, side, rank = 1 }: HeadAlignedOptions): FactoredStructure {
  wholeNumber('headAligned', 'heads', heads, 1);
  wholeNumber('headAligned', 'rank', rank, 1);
  const text = `headAligned({ heads: ${heads}, side: ${side}, rank: ${rank} })`;
  return factoredStructure('head-aligned', text, (inSize, outSize, structure) => {
    const aligned = side === 'input' ? inSize : outSize;
    if (aligned % heads !== 0) {
      throw new EinlabError(
        'option',
        `headAligned: ${side} is ${aligned}, which does not divide into ${heads} heads; expected a multiple`,
        { [side]: aligned, heads },
      );
    }
    const dim = aligned / heads;
    // X[γ, α] and Y[φ, ε] have the head in the slow place, γ or φ
    const splits = factorizations(side === 'input' ? outSize : inSize, 2).map(
      ([a = 1, b = 1]): ChainSplit =>
        side === 'input' ? { input: [dim, heads], output: [a, b] } : { input: [a, b], output: [heads, dim] },
    );
    const split = bestOf(splits, inSize, outSize, rank);
    const bonds = chainBonds('headAligned', rank, split, { in: inSize, out: outSize, isShared: false });
    return chainPlan(structure, { ...split, in: inSize, out: outSize, bonds, shared: false });
  });
}

/** Of largest rank first, then cheapest, both for a bond of 1, as for `blockTensorTrain`. */
function bestOf(splits: readonly ChainSplit[], inSize: number, outSize: number, rank: number): ChainSplit {
  const usable = splits.filter(({ input, output }) => Math.min(input[0] ?? 1, output[1] ?? 1) >= rank);
  const rated = (usable.length === 0 ? splits : usable).map((split) => {
    const chain = { ...split, in: inSize, out: outSize, bonds: [1], shared: false };
    return { split, rank: chainRank(chain), macs: chainCost(chain).macs };
  });
  const best = rated.reduce((a, b) => (b.rank > a.rank || (b.rank === a.rank && b.macs < a.macs) ? b : a));
  return best.split;
}
