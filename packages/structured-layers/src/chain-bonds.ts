import { EinlabError } from '@einlab/einsum-core';
import type { ChainSplit } from './chain-shape.ts';
import { product } from './product.ts';

/** The largest bond that is of use between core i and core i + 1, and what limits it. */
interface BondLimit {
  readonly limit: number;
  readonly by: string;
}

/**
 * What each bond can use at most: a bond joins the digits before it with those behind it, in a matrix for each block. With the smaller
 * side of that matrix as bond, it can be any matrix.
 */
export function bondLimits({ input, output }: ChainSplit, isShared: boolean): readonly BondLimit[] {
  const count = input.length;
  const names = isShared ? (['α · δ', 'β · ε'] as const) : (['α', 'ε'] as const);
  return Array.from({ length: count - 1 }, (_, i): BondLimit => {
    const before = product(input.slice(0, i + 1)) * (isShared ? product(output.slice(0, i + 1)) : 1);
    const behind = product(output.slice(i + 1)) * (isShared ? product(input.slice(i + 1)) : 1);
    const [side, limit] = before <= behind ? ([0, before] as const) : ([1, behind] as const);
    const where = side === 0 ? 'before' : 'behind';
    return { limit, by: count === 2 ? names[side] : `the product of the digits ${where} bond ${i + 1}` };
  });
}

/**
 * The bonds of a chain: the rank, or less where less already gives every matrix.
 *
 * @throws {EinlabError} `option` for a rank that is more than any bond of these digits can use, naming the digit that limits it
 */
export function chainBonds(
  where: string,
  rank: number,
  split: ChainSplit,
  sizes: { readonly in: number; readonly out: number; readonly isShared: boolean },
): number[] {
  const limits = bondLimits(split, sizes.isShared);
  const largest = limits.reduce((a, b) => (b.limit > a.limit ? b : a));
  if (rank > largest.limit) {
    throw new EinlabError(
      'option',
      `${where}: rank is ${rank}, above its maximum ${largest.limit} for ${sizes.in} → ${sizes.out} as ${split.input.join('·')} → ${split.output.join('·')}, which is ${largest.by}: with it every block is any matrix already`,
      { rank, limit: largest.limit },
    );
  }
  return limits.map(({ limit }) => Math.min(rank, limit));
}
