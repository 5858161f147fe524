import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import { advance, copy, releaseCount, unitsOf } from './flow.ts';
import { panelRowBytes } from './pack.ts';
import type { Schedule } from './schedule.ts';
import { eachPiece } from './segments.ts';
import { storeTile, type TileTarget } from './store-tile.ts';
import { emitTile } from './tile.ts';

/** What a sweep over one block needs at run time. Cursors point into the tables. */
export interface SweepPlace {
  readonly left: Local;
  readonly right: Local;
  readonly out: Local;
  readonly rowCursor: Local | undefined;
  readonly columnCursor: Local | undefined;
  readonly depthCursor: Local | undefined;
  readonly rowsLast: Local | undefined;
  readonly columnsLast: Local | undefined;
  readonly depthLast: Local | undefined;
  readonly accumulate: Local | undefined;
}

/** Emits all tiles of a block: tile by tile over the panels, or panel by panel over the tiles. */
export function emitSweep(f: FunctionBuilder, schedule: Schedule, place: SweepPlace, relaxed: boolean): void {
  const { depthPlan } = schedule;
  const iterations = unitsOf(
    f,
    Math.floor(depthPlan.full / depthPlan.unroll),
    Math.floor(depthPlan.last / depthPlan.unroll),
    place.depthLast,
  );
  const tile = (height: number, lanes: number, at: SweepPlace): void => {
    const { leftPack, rightPack, rows, columns, depth, store } = schedule;
    const vectors = Math.ceil(lanes / 4);
    const target: TileTarget = {
      mode: store,
      out: at.out,
      row: rows.tables === undefined || at.rowCursor === undefined ? { stride: rows.out } : { table: rows.tables.out, cursor: at.rowCursor },
      column:
        columns.tables === undefined || at.columnCursor === undefined
          ? { stride: columns.out }
          : { table: columns.tables.out, cursor: at.columnCursor },
      accumulate: at.accumulate,
    };
    const isTable = leftPack === undefined && depth.tables !== undefined;
    emitTile(
      f,
      { height, vectors, lanes },
      {
        leftRow: leftPack === undefined ? rows.left : 4,
        leftStep: leftPack === undefined ? depth.left : 4 * height,
        rightStep: rightPack === undefined ? depth.right : 16 * vectors,
        leftTable: isTable ? depth.tables?.left : undefined,
      },
      depthPlan,
      { left: at.left, right: at.right, depthCursor: isTable ? at.depthCursor : undefined, depthLast: at.depthLast, iterations },
      relaxed,
      (accumulators) => storeTile(f, { height, vectors, lanes }, target, accumulators),
    );
  };
  if (schedule.order === 'tiles') {
    eachRowTile(f, schedule, place, (height, row) => eachPanel(f, schedule, row, (lanes, at) => tile(height, lanes, at)));
  } else {
    eachPanel(f, schedule, place, (lanes, panel) => eachRowTile(f, schedule, panel, (height, at) => tile(height, lanes, at)));
  }
  releaseCount(f, iterations);
}

function eachRowTile(
  f: FunctionBuilder,
  { rows, rowSegments, leftPack, depthPlan }: Schedule,
  place: SweepPlace,
  body: (height: number, place: SweepPlace) => void,
): void {
  const left = fresh(f, place.left);
  const isTable = rows.tables !== undefined && place.rowCursor !== undefined;
  const out = isTable ? place.out : fresh(f, place.out);
  const rowCursor = isTable ? fresh(f, place.rowCursor ?? place.left) : undefined;
  eachPiece(f, rowSegments, place.rowsLast, (height) => {
    body(height, { ...place, left, out, rowCursor });
    advance(f, left, leftPack === undefined ? height * rows.left : depthPlan.full * panelRowBytes(height, false));
    if (rowCursor === undefined) advance(f, out, height * rows.out);
    else advance(f, rowCursor, 4 * height);
  });
  f.release(left);
  f.release(rowCursor ?? out);
}

function eachPanel(
  f: FunctionBuilder,
  { columns, columnSegments, rightPack, depthPlan }: Schedule,
  place: SweepPlace,
  body: (lanes: number, place: SweepPlace) => void,
): void {
  const right = fresh(f, place.right);
  const isTable = columns.tables !== undefined && place.columnCursor !== undefined;
  const out = isTable ? place.out : fresh(f, place.out);
  const columnCursor = isTable ? fresh(f, place.columnCursor ?? place.right) : undefined;
  eachPiece(f, columnSegments, place.columnsLast, (lanes) => {
    body(lanes, { ...place, right, out, columnCursor });
    advance(f, right, rightPack === undefined ? lanes * columns.right : depthPlan.full * panelRowBytes(lanes, true));
    if (columnCursor === undefined) advance(f, out, lanes * columns.out);
    else advance(f, columnCursor, 4 * lanes);
  });
  f.release(right);
  f.release(columnCursor ?? out);
}

function fresh(f: FunctionBuilder, from: Local): Local {
  const local = f.local('i32');
  copy(f, from, local);
  return local;
}
