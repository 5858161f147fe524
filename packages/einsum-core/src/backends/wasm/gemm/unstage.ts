import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { ByteAxis, Dimension } from './dimension.ts';
import { advance, copy, releaseCount, times, unitsOf } from './flow.ts';
import type { Staging } from './schedule.ts';
import { transpose4 } from './transpose.ts';

/**
 * Copies a staged block to an output that is contiguous along the batch axis:
 *
 *   out[row, column, index] = stage[index][row][column]
 */
export interface UnstagePlan {
  readonly staging: Staging;
  readonly inner: ByteAxis;
  readonly rows: Dimension;
  readonly columns: Dimension;
  /** Rows in every block but the last, and in the last. */
  readonly fullRows: number;
  readonly lastRows: number;
}

export interface UnstagePlace {
  readonly stage: Local;
  readonly out: Local;
  readonly rowCursor: Local;
  readonly columnCursor: Local;
  readonly rowsLast: Local | undefined;
  readonly accumulate: Local | undefined;
}

/** Emits the copy, or where `accumulate` is set the addition. */
export function emitUnstage(f: FunctionBuilder, plan: UnstagePlan, place: UnstagePlace): void {
  const { rows, columns, staging } = plan;
  const [stageRow, outRow, rowCursor] = [f.local('i32'), f.local('i32'), f.local('i32')];
  copy(f, place.stage, stageRow);
  copy(f, place.out, outRow);
  copy(f, place.rowCursor, rowCursor);
  const [stageColumn, outColumn, columnCursor] = [f.local('i32'), f.local('i32'), f.local('i32')];
  const rowCount = unitsOf(f, plan.fullRows, plan.lastRows, place.rowsLast);
  times(f, rowCount, () => {
    copy(f, stageRow, stageColumn);
    copy(f, outRow, outColumn);
    if (rows.tables !== undefined) {
      f.get(outColumn);
      f.get(rowCursor);
      f.load('i32.load', rows.tables.out);
      f.op('i32.add');
      f.set(outColumn);
    }
    copy(f, place.columnCursor, columnCursor);
    const group = (width: number): void => {
      columnGroup(f, plan, { stage: stageColumn, out: outColumn, columnCursor, accumulate: place.accumulate }, width);
      advance(f, stageColumn, 4 * width);
      if (columns.tables === undefined) advance(f, outColumn, width * columns.out);
      else advance(f, columnCursor, 4 * width);
    };
    times(f, { constant: Math.floor(columns.size / 4) }, () => group(4));
    if (columns.size % 4 > 0) group(columns.size % 4);
    advance(f, stageRow, staging.rowBytes);
    if (rows.tables === undefined) advance(f, outRow, rows.out);
    else advance(f, rowCursor, 4);
  });
  releaseCount(f, rowCount);
  for (const local of [stageRow, outRow, rowCursor, stageColumn, outColumn, columnCursor]) f.release(local);
}

interface GroupPlace {
  readonly stage: Local;
  readonly out: Local;
  readonly columnCursor: Local;
  readonly accumulate: Local | undefined;
}

/** Up to four columns of one row, for all batch indices. */
function columnGroup(f: FunctionBuilder, plan: UnstagePlan, place: GroupPlace, width: number): void {
  const { inner, columns, staging } = plan;
  const stage = f.local('i32');
  copy(f, place.stage, stage);
  const outs = Array.from({ length: width }, (_, column) => {
    const out = f.local('i32');
    f.get(place.out);
    if (columns.tables === undefined) {
      f.i32(column * columns.out);
    } else {
      f.get(place.columnCursor);
      f.load('i32.load', columns.tables.out + 4 * column);
    }
    f.op('i32.add');
    f.set(out);
    return out;
  });
  const indices = (count: number): void => {
    const vectors = [f.local('v128'), f.local('v128'), f.local('v128'), f.local('v128')] as const;
    vectors.forEach((vector, i) => {
      if (i < count) {
        f.get(stage);
        f.load('v128.load', i * staging.innerBytes);
      } else {
        f.f32x4(0);
      }
      f.set(vector);
    });
    transpose4(f, vectors);
    const each = (write: (column: number) => void): void => outs.forEach((_, column) => write(column));
    if (place.accumulate !== undefined) {
      f.get(place.accumulate);
      f.if(() =>
        each((column) => {
          f.get(vectors[column]);
          f.get(outs[column]);
          f.load('v128.load');
          f.op('f32x4.add');
          f.set(vectors[column]);
        }),
      );
    }
    each((column) => {
      if (count === 4) {
        f.get(outs[column]);
        f.get(vectors[column]);
        f.store('v128.store');
        return;
      }
      for (let i = 0; i < count; i++) {
        f.get(outs[column]);
        f.get(vectors[column]);
        f.laneMemory('v128.store32_lane', i, 4 * i);
      }
    });
    advance(f, stage, count * staging.innerBytes);
    for (const out of outs) advance(f, out, 4 * count);
    for (const vector of vectors) f.release(vector);
  };
  times(f, { constant: Math.floor(inner.size / 4) }, () => indices(4));
  if (inner.size % 4 > 0) indices(inner.size % 4);
  for (const out of outs) f.release(out);
  f.release(stage);
}
