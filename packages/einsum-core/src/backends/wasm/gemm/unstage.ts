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

/** What the copy needs at run time; `out` is the block's first element. */
export interface UnstagePlace {
  readonly stage: Local;
  readonly out: Local;
  readonly rowCursor: Local;
  readonly columnCursor: Local;
  readonly rowsLast: Local | undefined;
  readonly accumulate: Local | undefined;
}

/**
 * Emits the copy, or where `accumulate` is set the addition. Where the batch axis is shorter than a cache line, rows and
 * columns are walked as the output lies, so that lines are filled one after the other.
 */
export function emitUnstage(f: FunctionBuilder, plan: UnstagePlan, place: UnstagePlace): void {
  const { rows, columns, inner } = plan;
  const isPartOfLine = inner.size < 16 && rows.tables === undefined && columns.tables === undefined;
  if (isPartOfLine && rows.out < columns.out) {
    eachColumnGroup(f, plan, place, (width, group) =>
      eachRow(f, plan, group, place.rowsLast, (at) => columnGroup(f, plan, at, width)),
    );
  } else {
    eachRow(f, plan, place, place.rowsLast, (row) =>
      eachColumnGroup(f, plan, row, (width, at) => columnGroup(f, plan, at, width)),
    );
  }
}

/** Runs `body` for every row of the block. */
function eachRow(
  f: FunctionBuilder,
  { rows, staging, fullRows, lastRows }: UnstagePlan,
  place: GroupPlace,
  rowsLast: Local | undefined,
  body: (place: GroupPlace) => void,
): void {
  const [stage, out, rowOut, rowCursor] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
  copy(f, place.stage, stage);
  copy(f, place.out, out);
  copy(f, place.rowCursor, rowCursor);
  const count = unitsOf(f, fullRows, lastRows, rowsLast);
  times(f, count, () => {
    copy(f, out, rowOut);
    if (rows.tables !== undefined) {
      f.get(out);
      f.get(rowCursor);
      f.load('i32.load', rows.tables.out);
      f.op('i32.add');
      f.set(rowOut);
    }
    body({ ...place, stage, out: rowOut, rowCursor });
    advance(f, stage, staging.rowBytes);
    if (rows.tables === undefined) advance(f, out, rows.out);
    else advance(f, rowCursor, 4);
  });
  releaseCount(f, count);
  for (const local of [stage, out, rowOut, rowCursor]) f.release(local);
}

/** Runs `body` for every four columns, and once for what is left over. */
function eachColumnGroup(
  f: FunctionBuilder,
  { columns }: UnstagePlan,
  place: GroupPlace,
  body: (width: number, place: GroupPlace) => void,
): void {
  const [stage, out, columnCursor] = [f.local('i32'), f.local('i32'), f.local('i32')];
  copy(f, place.stage, stage);
  copy(f, place.out, out);
  copy(f, place.columnCursor, columnCursor);
  const group = (width: number): void => {
    body(width, { ...place, stage, out, columnCursor });
    advance(f, stage, 4 * width);
    if (columns.tables === undefined) advance(f, out, width * columns.out);
    else advance(f, columnCursor, 4 * width);
  };
  times(f, { constant: Math.floor(columns.size / 4) }, () => group(4));
  if (columns.size % 4 > 0) group(columns.size % 4);
  for (const local of [stage, out, columnCursor]) f.release(local);
}

interface GroupPlace {
  readonly stage: Local;
  readonly out: Local;
  readonly rowCursor: Local;
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
    const each = (write: (column: number) => void): void => {
      for (let column = 0; column < width; column++) write(column);
    };
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
