import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { Dimension } from './dimension.ts';
import { advance, copy, eachGroup } from './flow.ts';
import type { PackPlace } from './pack-plan.ts';
import { eachPiece, type Segments } from './segments.ts';

/**
 * Copies a block of the right operand, for up to four indices of a batch axis, into panels whose vectors run along that
 * axis:
 *
 *   panel[term][column][index] = right[index, term, column]
 */
export interface LanePackPlan {
  readonly columns: Dimension;
  readonly depth: Dimension;
  readonly segments: Segments;
  readonly terms: { readonly full: number; readonly last: number };
  /** Bytes from one index of the batch axis to the next. */
  readonly laneStride: number;
}

/** Emits the packing for `lanes` indices of the batch axis. */
export function emitLanePack(f: FunctionBuilder, plan: LanePackPlan, place: PackPlace, lanes: number): void {
  const [source, target] = [f.local('i32'), f.local('i32')];
  copy(f, place.source, source);
  copy(f, place.target, target);
  const columnCursor = copied(f, place.laneCursor);
  eachPiece(f, plan.segments, place.laneLast, (width) => {
    const from = f.local('i32');
    const to = f.local('i32');
    copy(f, source, from);
    copy(f, target, to);
    const depthCursor = copied(f, place.depthCursor);
    eachGroup(f, plan.terms, plan.terms.last >= 16 ? 4 : 1, place.depthLast, (count) => {
      for (let term = 0; term < count; term++) {
        for (let column = 0; column < width; column++) {
          packVector(
            f,
            plan,
            { ...place, source: from, target: to, laneCursor: columnCursor, depthCursor },
            term,
            column,
            width,
            lanes,
          );
        }
      }
      if (plan.depth.tables === undefined) advance(f, from, count * plan.depth.right);
      if (depthCursor !== undefined) advance(f, depthCursor, 4 * count);
      advance(f, to, count * 16 * width);
    });
    if (plan.columns.tables === undefined) advance(f, source, width * plan.columns.right);
    if (columnCursor !== undefined) advance(f, columnCursor, 4 * width);
    advance(f, target, plan.terms.full * 16 * width);
    for (const local of [from, to]) f.release(local);
    if (depthCursor !== undefined) f.release(depthCursor);
  });
  for (const local of [source, target]) f.release(local);
  if (columnCursor !== undefined) f.release(columnCursor);
}

function packVector(
  f: FunctionBuilder,
  { columns, depth, laneStride }: LanePackPlan,
  { source, target, laneCursor, depthCursor }: PackPlace,
  term: number,
  column: number,
  width: number,
  lanes: number,
): void {
  const base = f.local('i32');
  const vector = f.local('v128');
  let constant = 0;
  f.get(source);
  for (const [dimension, cursor, index] of [
    [columns, laneCursor, column],
    [depth, depthCursor, term],
  ] as const) {
    if (dimension.tables === undefined || cursor === undefined) {
      constant += index * dimension.right;
    } else {
      f.get(cursor);
      f.load('i32.load', dimension.tables.right + 4 * index);
      f.op('i32.add');
    }
  }
  f.set(base);
  f.get(base);
  if (laneStride === 4) {
    f.load('v128.load', constant);
    f.set(vector);
  } else {
    f.load('v128.load32_zero', constant);
    f.set(vector);
    for (let lane = 1; lane < lanes; lane++) {
      f.get(base);
      f.i32(lane * laneStride);
      f.op('i32.add');
      f.get(vector);
      f.laneMemory('v128.load32_lane', lane, constant);
      f.set(vector);
    }
  }
  f.get(target);
  f.get(vector);
  f.store('v128.store', 16 * (term * width + column));
  f.release(base);
  f.release(vector);
}

function copied(f: FunctionBuilder, from: Local | undefined): Local | undefined {
  if (from === undefined) return undefined;
  const local = f.local('i32');
  copy(f, from, local);
  return local;
}
