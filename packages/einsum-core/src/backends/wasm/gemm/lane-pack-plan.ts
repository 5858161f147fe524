import type { Dimension, Tensor } from './dimension.ts';
import { laneRowBytes, spreadBytes } from './pack-plan.ts';
import { mostPieces, type Segments } from './segments.ts';

/**
 * Copies a block of an operand into panels whose vectors run along a batch axis, four indices each:
 *
 *   panel[vector][piece][term][lane][index] = source[4·vector + index, term, lane of the piece]
 *
 * Rows of narrower pieces at the end are as long as those of whole ones.
 */
export interface LanePackPlan {
  readonly tensor: Exclude<Tensor, 'out'>;
  /** The free dimension: rows or columns. */
  readonly lane: Dimension;
  readonly depth: Dimension;
  readonly segments: Segments;
  readonly terms: { readonly full: number; readonly last: number };
  /** Whole vectors of the batch axis that are packed at once. */
  readonly vectors: number;
  /** Bytes from one index of the batch axis to the next. */
  readonly batchStride: number;
  /** Bytes from the panels of one vector to those of the next. */
  readonly vectorBytes: number;
}

/** What vectors are read along: the batch axis itself, the free or the summed dimension to be transposed, or nothing. */
export type LanePackMode = 'batch' | 'lane' | 'depth' | 'scalar';

/** How the elements of a vector are read for this plan. */
export function lanePackModeOf({
  tensor,
  lane,
  depth,
  batchStride,
}: Pick<LanePackPlan, 'tensor' | 'lane' | 'depth' | 'batchStride'>): LanePackMode {
  if (batchStride === 4) return 'batch';
  if (lane.tables === undefined && lane[tensor] === 4) return 'lane';
  return depth.tables === undefined && depth[tensor] === 4 ? 'depth' : 'scalar';
}

/** Cycles of packing a vector, by how it is read. */
const CYCLES: Readonly<Record<LanePackMode, number>> = { batch: 1.5, lane: 2, depth: 1.8, scalar: 9 };

/** Cycles of packing a vector for this plan. */
export const lanePackCycles = (plan: LanePackPlan): number => CYCLES[lanePackModeOf(plan)];

/** Packs a block of `segments`, so that the panels of different vectors reach every set of a cache. */
export function lanePackPlan(
  tensor: LanePackPlan['tensor'],
  lane: Dimension,
  segments: Segments,
  block: Pick<LanePackPlan, 'depth' | 'terms' | 'vectors' | 'batchStride'>,
): LanePackPlan {
  const vectorBytes = spreadBytes(laneRowBytes(segments) * block.terms.full * mostPieces(segments));
  return { ...block, tensor, lane, segments, vectorBytes };
}

/** Loops of packing. */
export type LanePackLevel = 'lane' | 'depth' | 'vector';

/** The loops of packing, outermost first: in the order in which the tensor lies in memory. */
export function lanePackOrder({ tensor, lane, depth, batchStride }: LanePackPlan): LanePackLevel[] {
  if (lane.tables !== undefined || depth.tables !== undefined) return ['lane', 'depth', 'vector'];
  const strides: Readonly<Record<LanePackLevel, number>> = {
    lane: lane[tensor],
    depth: depth[tensor],
    vector: Math.abs(batchStride),
  };
  return (['lane', 'depth', 'vector'] as const).toSorted((a, b) => strides[b] - strides[a]);
}
