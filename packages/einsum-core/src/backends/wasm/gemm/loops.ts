import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import { type BlockFunctions, call, type Lasts, type LoopLocals, type ScratchLayout } from './block-functions.ts';
import { type Dimension, TENSORS } from './dimension.ts';
import { advance, copy, eachBlock, nest, offset } from './flow.ts';
import { specialSchedules } from './load-special-schedules.ts';
import { packsLeftOnce, type Schedule } from './schedule.ts';
import { blockWidth } from './segments.ts';

/**
 * Emits the loops around the blocks: batch, columns, depth, rows, and a batch axis inside a block of rows.
 *
 * @param hasRowTable - whether the sixth parameter is a table of rows, not whether to add
 */
export function emitLoops(
  f: FunctionBuilder,
  s: Schedule,
  functions: BlockFunctions,
  layout: ScratchLayout,
  hasRowTable: boolean,
): void {
  const [, , , , tables, sixth] = f.parameters;
  const locals = emitStart(f, s, layout, hasRowTable ? sixth : tables);
  const { at, rowCursor, columnCursor, depthCursor, accumulate, rightPanels } = locals;
  const { rowSegments, columnSegments, depthBlocks } = s;
  const move = (dimension: Dimension, cursor: Local, count: number): void => {
    if (dimension.tables !== undefined) return advance(f, cursor, 4 * count);
    for (const tensor of TENSORS) advance(f, at[tensor], count * dimension[tensor]);
  };
  const setAccumulate = (value: number): void => {
    f.i32(value);
    f.set(accumulate);
  };
  const rowBlocks = (columns: Local | undefined, depth: Local | undefined): void =>
    eachBlock(
      f,
      rowSegments.blocking,
      (n) => move(s.rows, rowCursor, n * blockWidth(rowSegments)),
      (rows) => emitRowBlock(f, s, functions, locals, { rows, columns, depth }),
    );
  const depthBlock = (columns: Local | undefined, depth: Local | undefined): void => {
    if (s.isTogether) specialSchedules().emitLanePacks(f, s, functions, locals, { rows: undefined, columns, depth });
    call(f, functions.packRight, [at.right, rightPanels, columnCursor, depthCursor], [columns, depth]);
    nest(f, s.outerRows, at, () => rowBlocks(columns, depth));
    setAccumulate(1);
  };
  const columnBlock = (columns: Local | undefined): void => {
    if (sixth === undefined || hasRowTable) setAccumulate(0);
    else copy(f, sixth, accumulate);
    nest(f, s.outerDepth, at, () =>
      // A step is four elements with depth lanes, but those are never cut into blocks.
      eachBlock(
        f,
        depthBlocks,
        (n) => move(s.depth, depthCursor, n * depthBlocks.full),
        (depth) => depthBlock(columns, depth),
      ),
    );
  };
  nest(f, s.batch, at, () => {
    if (packsLeftOnce(s)) emitLeftPack(f, functions, locals, { rows: undefined, depth: undefined });
    nest(f, s.outerColumns, at, () =>
      eachBlock(
        f,
        columnSegments.blocking,
        (n) => move(s.columns, columnCursor, n * blockWidth(columnSegments)),
        columnBlock,
      ),
    );
  });
}

/** Packs left, by one of the two ways; nothing where it is read in place. */
function emitLeftPack(
  f: FunctionBuilder,
  { packLeft, packLanes }: BlockFunctions,
  { at, leftPanels, rowCursor, depthCursor }: LoopLocals,
  lasts: Pick<Lasts, 'rows' | 'depth'>,
): void {
  call(f, packLeft ?? packLanes.left, [at.left, leftPanels, rowCursor, depthCursor], [lasts.rows, lasts.depth]);
}

/** Sets the locals from the function's parameters: left, right, out, scratch, tables. */
function emitStart(f: FunctionBuilder, s: Schedule, layout: ScratchLayout, rowTable: Local): LoopLocals {
  const [left, right, out, scratch, tables] = f.parameters;
  const from = (base: Local, bytes: number): Local => {
    const local = f.local('i32');
    offset(f, base, bytes, local);
    return local;
  };
  return {
    at: {
      left: from(s.swapped ? right : left, s.start.left),
      right: from(s.swapped ? left : right, s.start.right),
      out: from(out, s.start.out),
    },
    inside: { left: f.local('i32'), right: f.local('i32'), out: f.local('i32') },
    rowCursor: from(rowTable, 0),
    columnCursor: from(tables, 0),
    depthCursor: from(tables, 0),
    accumulate: f.local('i32'),
    rightPanels: scratch,
    leftPanels: from(scratch, layout.left),
  };
}

/** One block of rows, for all indices of `inner`. */
function emitRowBlock(
  f: FunctionBuilder,
  s: Schedule,
  functions: BlockFunctions,
  locals: LoopLocals,
  lasts: Lasts,
): void {
  if (s.lanes === 'batch') return specialSchedules().emitBatchLanes(f, s, functions, locals, lasts);
  const { at, inside, rowCursor, columnCursor, depthCursor, accumulate, rightPanels, leftPanels } = locals;
  const isLeftDirect = s.leftPack === undefined && s.leftLanePack === undefined;
  if (!packsLeftOnce(s)) emitLeftPack(f, functions, locals, lasts);
  copy(f, isLeftDirect ? at.left : leftPanels, inside.left);
  copy(f, s.rightPack === undefined ? at.right : rightPanels, inside.right);
  copy(f, at.out, inside.out);
  const inner = {
    size: s.inner?.size ?? 1,
    left: s.leftPack?.innerBytes ?? s.inner?.left ?? 0,
    right: s.rightPack?.innerBytes ?? s.inner?.right ?? 0,
    out: s.inner?.out ?? 0,
  };
  const { leftLanePack } = s;
  // Elements of left then lie in vectors of four indices.
  const fours = {
    size: inner.size / 4,
    left: leftLanePack?.vectorBytes ?? 0,
    right: 4 * inner.right,
    out: 4 * inner.out,
  };
  nest(f, leftLanePack === undefined ? [inner] : [fours, { ...inner, size: 4, left: 4 }], inside, () => {
    const where = [inside.left, inside.right, inside.out, rowCursor, columnCursor, depthCursor];
    call(f, functions.sweep, where, [lasts.rows, lasts.columns, lasts.depth], accumulate);
  });
}
