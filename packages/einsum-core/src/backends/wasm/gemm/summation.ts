import type { ByteAxis } from './dimension.ts';
import type { Blocking } from './flow.ts';
import { type DepthPlan, isStraight, type TileShape } from './tile.ts';

/**
 * How the contracted axes are walked: `outer` are loops around the blocks, and the blocks run over `tile`, the last of
 * them fastest. Numbers are positions among the contracted axes of the normalized contraction, so that they mean the
 * same for both orientations and for every part of a contraction that was cut along axes of its output.
 */
export interface DepthArrangement {
  readonly outer: readonly number[];
  readonly tile: readonly number[];
}

/** The axes at these positions. */
export const axesAt = (axes: readonly ByteAxis[], positions: readonly number[]): ByteAxis[] =>
  positions.map((position) => axes[position]);

/**
 * Ways to arrange contracted axes that are worth a try: in turn for either operand, the axis that it is contiguous along,
 * else a long one, else several that together reach `enough` elements. One axis has one arrangement.
 */
export function depthArrangements(contracted: readonly ByteAxis[], enough: number): DepthArrangement[] {
  const found = new Map<string, DepthArrangement>();
  for (const tensor of ['left', 'right'] as const) {
    for (const long of [48, 24]) {
      const tile = blockAxes(contracted, tensor, long, enough).map((axis) => contracted.indexOf(axis));
      const outer = contracted.map((_, position) => position).filter((position) => !tile.includes(position));
      found.set(tile.join(), { outer, tile });
    }
  }
  return [...found.values()];
}

/**
 * The axes of a block, others being loops around it: the last axis alone where it is long enough or the tensor is
 * contiguous along it, else another that is long, else several that reach `enough` elements.
 */
export function blockAxes(
  axes: readonly ByteAxis[],
  by: 'out' | 'left' | 'right',
  long: number,
  enough: number,
): readonly ByteAxis[] {
  if (axes.length <= 1) return axes;
  const last = axes[axes.length - 1];
  const isContiguous = last[by] === 4 && last.size >= 4 && last.size % 4 === 0;
  const single = last.size >= long || isContiguous ? last : axes.findLast((axis) => axis.size >= long);
  if (single !== undefined) return [single];
  let first = axes.length - 1;
  for (let size = axes[first].size; first > 0 && size * axes[first - 1].size <= Math.max(enough, size); ) {
    first -= 1;
    size *= axes[first].size;
  }
  return axes.slice(first);
}

/** What decides in which order an output element's terms are added. */
export interface Summation {
  /** What the four lanes of a vector are: columns of the output, indices of a batch axis, or terms of a sum. */
  readonly lanes: 'columns' | 'batch' | 'depth';
  readonly arrangement: DepthArrangement;
  readonly depthBlocks: Blocking;
  readonly depthPlan: DepthPlan;
  /** With depth lanes, terms beyond the last whole vector. */
  readonly depthRest: number;
}

/**
 * The order in which a schedule adds up the terms of each output element, in words. Two schedules of one contraction, or
 * of parts of it that were cut along axes of the output, give bit-identical results exactly when these are equal: it does not
 * depend on which operand is left, on how outputs are tiled, or on whether lanes are columns or batch indices.
 */
export function summationOrder({ lanes, arrangement, depthBlocks, depthPlan, depthRest }: Summation): string {
  const { outer, tile } = arrangement;
  const { blocks, full, last } = depthBlocks;
  const terms = lanes === 'depth' ? `vectors+${depthRest}` : 'terms';
  const sums = depthPlan.chains === 1 ? 'one sum' : `${depthPlan.chains} sums by ${depthPlan.unroll}`;
  // A short sum starts from its first products, a longer one from zero: they differ in the sign of a zero.
  const start = isStraight(depthPlan) ? ', from products' : '';
  return `axes ${[outer.join(), tile.join()].join('|')}, ${blocks - 1}×${full}+${last} ${terms}, ${sums}${start}`;
}

/** Vector registers that may hold sums. */
const SUM_REGISTERS = 12;

/** Sums per output that some tile can use, fewest first. */
const CHAINS = [1, 2, 3, 4] as const;

/**
 * Says how many partial sums each output keeps. A tile with few registers would wait for its own additions (4 cycles each,
 * two per cycle on current x86-64), so consecutive steps go to different ones; all tiles of a schedule do the same. Where
 * an order is wanted: the number that yields it, or nothing if none does.
 */
export function withChains(
  steps: Omit<DepthPlan, 'chains'>,
  { height, vectors }: TileShape,
  summation: Omit<Summation, 'depthPlan'>,
  order: string | undefined,
): DepthPlan | undefined {
  const registers = height * vectors;
  const most = Math.max(1, Math.min(CHAINS.length, Math.floor(SUM_REGISTERS / registers), steps.unroll));
  const natural = { ...steps, chains: registers >= 7 || steps.last < 8 ? 1 : most };
  if (order === undefined) return natural;
  const plans = CHAINS.map((chains) => ({ ...steps, chains }));
  return plans.find((depthPlan) => summationOrder({ ...summation, depthPlan }) === order);
}

/** The tile, made smaller until its sums fit into the registers. */
export function fitTile({ height, vectors }: TileShape, chains: number): TileShape {
  if (chains === 1) return { height, vectors };
  const fitting = Math.min(vectors, Math.floor(SUM_REGISTERS / chains));
  return { height: Math.min(height, Math.max(1, Math.floor(SUM_REGISTERS / (chains * fitting)))), vectors: fitting };
}
