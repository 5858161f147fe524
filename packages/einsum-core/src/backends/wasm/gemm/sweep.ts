import type { Expression } from '../../../kernels/expression.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import { advance, copy, releaseCount, times, unitsOf } from './flow.ts';
import { laneRowBytes, panelBytes, termBytes } from './pack-plan.ts';
import type { RowEnd } from './row-end.ts';
import type { Schedule } from './schedule.ts';
import { eachPiece } from './segments.ts';
import { storeTile, type TileTarget } from './store-tile.ts';
import { emitTile, type TileAddressing } from './tile.ts';

/** What a sweep over one block needs at run time. Cursors point into the tables. */
export interface SweepPlace {
  readonly left: Local;
  readonly right: Local;
  readonly out: Local;
  readonly rowCursor: Local;
  readonly columnCursor: Local;
  readonly depthCursor: Local;
  readonly rowsLast: Local | undefined;
  readonly columnsLast: Local | undefined;
  readonly depthLast: Local | undefined;
  readonly accumulate: Local | undefined;
}

/** What becomes of each tile's results. */
export interface TileEnd {
  readonly relaxed: boolean;
  readonly ending: Expression | undefined;
  readonly rowEnd: RowEnd | undefined;
}

/**
 * Emits all tiles of a block: tile by tile over the panels, or panel by panel over the tiles.
 *
 * @param batchLanes - with batch lanes, how many of a vector's four indices exist.
 */
export function emitSweep(
  f: FunctionBuilder,
  schedule: Schedule,
  place: SweepPlace,
  { relaxed, ending, rowEnd }: TileEnd,
  batchLanes: number,
): void {
  const { depthPlan, depth } = schedule;
  const iterations = unitsOf(
    f,
    Math.floor(depthPlan.full / depthPlan.unroll),
    Math.floor(depthPlan.last / depthPlan.unroll),
    place.depthLast,
  );
  const isTable = schedule.leftPack === undefined && schedule.leftLanePack === undefined && depth.tables !== undefined;
  const tile = (height: number, width: number, at: SweepPlace): void =>
    eachVector(f, schedule, batchLanes, at, (vector) => tileOf(height, width, vector));
  const tileOf = (height: number, width: number, at: SweepPlace): void => {
    const vectors = schedule.lanes === 'columns' ? Math.ceil(width / 4) : width;
    const shape = { height, vectors, lanes: schedule.lanes === 'batch' ? batchLanes : width };
    emitTile(
      f,
      shape,
      addressingOf(schedule),
      depthPlan,
      {
        left: at.left,
        right: at.right,
        depthCursor: isTable ? at.depthCursor : undefined,
        depthLast: at.depthLast,
        iterations,
      },
      relaxed,
      (accumulators) =>
        rowEnd === undefined
          ? storeTile(f, shape, { ...targetOf(schedule, at), ending, relaxed }, accumulators)
          : rowEnd.store(f, shape, at.out, at.rowCursor, accumulators),
    );
  };
  if (schedule.order === 'tiles') {
    eachRowTile(f, schedule, place, (height, row) =>
      eachPanel(f, schedule, row, (width, at) => tile(height, width, at)),
    );
  } else {
    eachPanel(f, schedule, place, (width, panel) =>
      eachRowTile(f, schedule, panel, (height, at) => tile(height, width, at)),
    );
  }
  releaseCount(f, iterations);
}

function addressingOf(schedule: Schedule): TileAddressing {
  const { lanes, leftPack, rightPack, leftLanePack, rightLanePack, rows, columns, depth, depthRest } = schedule;
  const isPacked = rightPack !== undefined;
  const stepsOfFour = lanes === 'depth' ? 4 : 1;
  const right =
    rightLanePack === undefined
      ? {
          rightStep: rightPack === undefined ? stepsOfFour * depth.right : termBytes(rightPack),
          rightVector: isPacked || lanes === 'columns' ? 16 : columns.right,
        }
      : { rightStep: laneRowBytes(rightLanePack.segments), rightVector: 16 };
  if (leftLanePack !== undefined) {
    const leftStep = laneRowBytes(leftLanePack.segments);
    const leftLoad = lanes === 'columns' ? 'splat' : 'vector';
    return { leftLoad, leftRow: 16, leftStep, leftTable: undefined, ...right, rest: 0 };
  }
  return {
    leftLoad: lanes === 'columns' ? 'splat' : 'vector',
    leftRow: leftPack === undefined ? rows.left : 4,
    leftStep: leftPack === undefined ? stepsOfFour * depth.left : termBytes(leftPack),
    leftTable: leftPack === undefined ? depth.tables?.left : undefined,
    ...right,
    rest: depthRest,
  };
}

/** With batch lanes worked on together: a tile for each vector of the batch axis, so that lines of the output are filled. */
function eachVector(
  f: FunctionBuilder,
  { inner, isTogether, leftLanePack, rightLanePack }: Schedule,
  batchLanes: number,
  place: SweepPlace,
  body: (place: SweepPlace) => void,
): void {
  if (!isTogether || inner === undefined || inner.size < 2 || batchLanes < 4) return body(place);
  const [left, right, out] = [copied(f, place.left), copied(f, place.right), copied(f, place.out)];
  times(f, { constant: inner.size }, () => {
    body({ ...place, left, right, out });
    advance(f, left, leftLanePack?.vectorBytes ?? inner.left);
    advance(f, right, rightLanePack?.vectorBytes ?? inner.right);
    advance(f, out, inner.out);
  });
  for (const local of [left, right, out]) f.release(local);
}

function targetOf({ store, rows, columns }: Schedule, at: SweepPlace): Omit<TileTarget, 'ending' | 'relaxed'> {
  return {
    mode: store,
    out: at.out,
    row: rows.tables === undefined ? { stride: rows.out } : { table: rows.tables.out, cursor: at.rowCursor },
    column:
      columns.tables === undefined ? { stride: columns.out } : { table: columns.tables.out, cursor: at.columnCursor },
    accumulate: at.accumulate,
  };
}

function eachRowTile(
  f: FunctionBuilder,
  { rows, rowSegments, leftPack, leftLanePack, depthPlan }: Schedule,
  place: SweepPlace,
  body: (height: number, place: SweepPlace) => void,
): void {
  const isTable = rows.tables !== undefined;
  const packed = (height: number): number | undefined => {
    if (leftLanePack !== undefined) return depthPlan.full * laneRowBytes(leftLanePack.segments);
    if (leftPack === undefined) return undefined;
    return leftPack.isUncut ? 4 * height : panelBytes(leftPack);
  };
  const left = copied(f, place.left);
  const out = isTable ? place.out : copied(f, place.out);
  const rowCursor = isTable ? copied(f, place.rowCursor) : place.rowCursor;
  eachPiece(f, rowSegments, place.rowsLast, (height) => {
    body(height, { ...place, left, out, rowCursor });
    advance(f, left, packed(height) ?? height * rows.left);
    if (isTable) advance(f, rowCursor, 4 * height);
    else advance(f, out, height * rows.out);
  });
  f.release(left);
  f.release(isTable ? rowCursor : out);
}

function eachPanel(
  f: FunctionBuilder,
  { columns, columnSegments, rightPack, rightLanePack, depthPlan }: Schedule,
  place: SweepPlace,
  body: (width: number, place: SweepPlace) => void,
): void {
  const isTable = columns.tables !== undefined;
  const right = copied(f, place.right);
  const out = isTable ? place.out : copied(f, place.out);
  const columnCursor = isTable ? copied(f, place.columnCursor) : place.columnCursor;
  const packed =
    rightLanePack !== undefined
      ? depthPlan.full * laneRowBytes(columnSegments)
      : rightPack !== undefined
        ? panelBytes(rightPack)
        : undefined;
  eachPiece(f, columnSegments, place.columnsLast, (width) => {
    body(width, { ...place, right, out, columnCursor });
    advance(f, right, packed ?? width * columns.right);
    if (isTable) advance(f, columnCursor, 4 * width);
    else advance(f, out, width * columns.out);
  });
  f.release(right);
  f.release(isTable ? columnCursor : out);
}

function copied(f: FunctionBuilder, from: Local): Local {
  const local = f.local('i32');
  copy(f, from, local);
  return local;
}
