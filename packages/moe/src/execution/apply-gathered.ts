import {
  add,
  broadcastTo,
  equal,
  greater,
  maximum,
  multiply,
  reshape,
  scatterAdd,
  sum,
  type Tensor,
  slice,
  take,
  arange,
  where,
} from '@einlab/einsum-core';
import type { Cores } from '@einlab/nn';
import type { ExpertBank } from '../experts/expert-bank.ts';
import type { Routing } from '../routing/routing.ts';
import { type Dispatch, dispatch } from './dispatch.ts';
import { padLast } from '../experts/pad-last.ts';
import { combineRows, gatherRows } from './rows.ts';

/**
 * The result of a mixture with each expert computed for its own tokens only: tokens are put in the order of their experts, each block of
 * rows meets the cores of one expert, and the weighted rows are looked up again by token. The same as `bank.mix` up to rounding.
 *
 * @param x - `f32[token, in]`, at least one token
 * @param block - rows of a block
 * @returns `f32[token, out]`
 */
export function applyGathered(bank: ExpertBank, cores: Cores, x: Tensor, routing: Routing, block: number): Tensor {
  const plan = dispatch(routing, block);
  const { expertOfBlock, tokenOfRow, rowOfSlot, blocks } = plan;
  const features = padLast(x, bank.input);
  const applied = (rows: Tensor): Tensor => {
    const tiles = reshape(rows, [blocks, block, bank.input]);
    return reshape(bank.applyBlocks(cores, tiles, expertOfBlock), [blocks * block, bank.output]);
  };
  const cut = (y: Tensor): Tensor => slice(y, [0, 0], [x.shape[0] ?? 0, bank.out]);
  if (rowOfSlot === undefined) return cut(addedByToken(applied(take(features, maximum(tokenOfRow, 0))), routing, plan));
  const places = { tokenOfRow, rowOfSlot };
  return cut(combineRows(applied(gatherRows(features, places)), slotWeights(routing), places));
}

/** The weights of a token's first, second, … choice: `f32[token, slot]`. */
function slotWeights({ gates, ranks, k, experts }: Routing): Tensor {
  const [tokens = 0] = gates.shape;
  if (ranks === undefined) return gates;
  const isSlot = equal(reshape(ranks, [tokens, 1, experts]), reshape(arange(k), [1, k, 1]));
  return sum(where(isSlot, broadcastTo(reshape(gates, [tokens, 1, experts]), [tokens, k, experts]), 0), 2);
}

/** Where a token can be in any number of rows: each row is added to its token, in order. */
function addedByToken(
  rows: Tensor,
  { gates, experts }: Routing,
  { block, expertOfBlock, tokenOfRow }: Dispatch,
): Tensor {
  const [tokens = 0] = gates.shape;
  const expertOfRow = reshape(
    broadcastTo(reshape(expertOfBlock, [expertOfBlock.size, 1]), [expertOfBlock.size, block]),
    [tokenOfRow.size],
  );
  const at = add(multiply(maximum(tokenOfRow, 0), experts), expertOfRow);
  const weights = where(greater(tokenOfRow, -1), take(reshape(gates, [gates.size]), at), 0);
  return scatterAdd(tokenOfRow, multiply(rows, reshape(weights, [weights.size, 1])), tokens);
}
