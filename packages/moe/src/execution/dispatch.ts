import {
  add,
  arange,
  cast,
  ceil,
  cumulativeSum,
  equal,
  greater,
  lessEqual,
  minimum,
  multiply,
  reshape,
  scatterAdd,
  stopGradient,
  subtract,
  sum,
  type Tensor,
  where,
} from '@einlab/einsum-core';
import type { Routing } from '../routing/routing.ts';

/** Tokens in the order of their experts: each expert's rows begin with a block of their own. */
export interface Dispatch {
  /** Rows of a block. */
  readonly block: number;
  readonly blocks: number;
  /** `i32[block]`: whose rows they are. */
  readonly expertOfBlock: Tensor;
  /** `i32[row]`: the token in each row, −1 where a row is empty; row = block · rows of a block + place. */
  readonly tokenOfRow: Tensor;
  /** `i32[token, slot]`: the row of a token's first, second, … choice, −1 where it was dropped; undefined where experts choose. */
  readonly rowOfSlot: Tensor | undefined;
}

/** Blocks that always suffice: `pairs` assignments, of which each expert may leave part of one block empty. */
export const blocksFor = (pairs: number, experts: number, block: number): number =>
  Math.floor((pairs + Math.min(pairs, experts) * (block - 1)) / block);

/** The most assignments that a routing of this kind can keep. */
export function mostPairs(
  tokens: number,
  { experts, k, tokensChoose, capacity }: Pick<Routing, 'experts' | 'k' | 'tokensChoose' | 'capacity'>,
): number {
  if (!tokensChoose) return experts * Math.min(tokens, Math.ceil((k * tokens) / experts));
  return Math.min(k * tokens, experts * Math.min(tokens, capacity ?? tokens));
}

/**
 * The rows of a routing, by counting: an expert's place in the order is what comes before it, and a token's place in its
 * expert is how many tokens before it went there. Nothing is compared, so the order within an expert is that of the batch.
 */
export function dispatch(routing: Routing, block: number): Dispatch {
  const { experts, k, ranks } = routing;
  const kept = stopGradient(routing.kept);
  const [tokens = 0] = kept.shape;
  const blocks = blocksFor(mostPairs(tokens, routing), experts, block);
  const rows = blocks * block;
  const own = cast(ceil(multiply(sum(kept, 0), 1 / block)), 'i32');
  const end = cumulativeSum(own, 0);
  const first = multiply(subtract(end, own), block);
  // counted from 1, so that 0 is no row
  const place = cast(cumulativeSum(kept, 0), 'i32');
  const row = where(greater(kept, 0), add(place, reshape(first, [1, experts])), 0);
  const number = reshape(arange(blocks), [blocks, 1]);
  const expertOfBlock = minimum(sum(cast(lessEqual(reshape(end, [1, experts]), number), 'i32'), 1), experts - 1);
  const rowOfSlot =
    ranks === undefined
      ? undefined
      : subtract(
          sum(
            where(
              equal(reshape(ranks, [tokens, 1, experts]), reshape(arange(k), [1, k, 1])),
              reshape(row, [tokens, 1, experts]),
              0,
            ),
            2,
          ),
          1,
        );
  const places = rowOfSlot ?? subtract(row, 1);
  const token = add(where(greater(places, -1), reshape(arange(tokens), [tokens, 1]), 0), 1);
  const tokenOfRow = subtract(scatterAdd(reshape(places, [places.size]), reshape(token, [places.size]), rows), 1);
  return { block, blocks, expertOfBlock, tokenOfRow, rowOfSlot };
}
