import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { Dimension } from './dimension.ts';
import { advance, copy, eachBlock, nest, offset } from './flow.ts';
import type { Schedule } from './schedule.ts';
import { blockWidth } from './segments.ts';

/** Where things lie in scratch memory, in bytes from its start: right panels come first. */
export interface ScratchLayout {
  readonly left: number;
  readonly stage: number;
  readonly bytes: number;
}

/** The functions that work on one block. */
export interface BlockFunctions {
  readonly packLeft: number | undefined;
  readonly packRight: number | undefined;
  readonly packLanes: number | undefined;
  readonly packRestLanes: number | undefined;
  readonly sweep: number | undefined;
  readonly sweepRest: number | undefined;
  readonly unstage: number | undefined;
}

/** Emits the loops around the blocks: batch, columns, depth, rows, and a batch axis inside a block of rows. */
export function emitLoops(f: FunctionBuilder, s: Schedule, functions: BlockFunctions, layout: ScratchLayout): void {
  const [leftBase, rightBase, outBase, scratch, tables] = f.parameters;
  const i32 = (): Local => f.local('i32');
  const pointers = { left: i32(), right: i32(), out: i32() };
  const { left, right, out } = pointers;
  offset(f, s.swapped ? rightBase : leftBase, s.start.left, left);
  offset(f, s.swapped ? leftBase : rightBase, s.start.right, right);
  offset(f, outBase, s.start.out, out);
  const cursors = { row: i32(), column: i32(), depth: i32() };
  for (const cursor of Object.values(cursors)) copy(f, tables, cursor);
  const [leftPanels, stage, accumulate] = [i32(), i32(), i32()];
  offset(f, scratch, layout.left, leftPanels);
  offset(f, scratch, layout.stage, stage);
  const block = { left: i32(), right: i32(), out: i32() };
  const { rowSegments, columnSegments, depthBlocks } = s;

  const setAccumulate = (value: number): void => {
    f.i32(value);
    f.set(accumulate);
  };
  const move = (dimension: Dimension, cursor: Local, count: number): void => {
    if (dimension.tables !== undefined) return advance(f, cursor, 4 * count);
    for (const tensor of ['left', 'right', 'out'] as const) advance(f, pointers[tensor], count * dimension[tensor]);
  };
  const call = (
    index: number | undefined,
    locals: readonly Local[],
    lasts: readonly (Local | undefined)[],
    ...more: Local[]
  ): void => {
    if (index === undefined) return;
    for (const local of locals) f.get(local);
    for (const isLast of lasts) {
      if (isLast === undefined) f.i32(1);
      else f.get(isLast);
    }
    for (const local of more) f.get(local);
    f.call(index);
  };

  const eachColumnBlock = (body: (isLast: Local | undefined) => void): void =>
    eachBlock(f, columnSegments.blocking, (n) => move(s.columns, cursors.column, n * blockWidth(columnSegments)), body);
  // A step of the blocks is four elements with depth lanes, but those are never cut into blocks.
  const eachDepthBlock = (body: (isLast: Local | undefined) => void): void =>
    eachBlock(f, depthBlocks, (n) => move(s.depth, cursors.depth, n * depthBlocks.full), body);
  const eachRowBlock = (body: (isLast: Local | undefined) => void): void =>
    eachBlock(f, rowSegments.blocking, (n) => move(s.rows, cursors.row, n * blockWidth(rowSegments)), body);

  const rowBlock = (
    rowsLast: Local | undefined,
    columnsLast: Local | undefined,
    depthLast: Local | undefined,
  ): void => {
    call(functions.packLeft, [left, leftPanels, cursors.row, cursors.depth], [rowsLast, depthLast]);
    copy(f, s.leftPack === undefined ? left : leftPanels, block.left);
    copy(f, s.rightPack === undefined && !s.isLanePackShared ? right : scratch, block.right);
    copy(f, s.staging === undefined ? out : stage, block.out);
    const inner = {
      size: s.inner?.size ?? 1,
      left: s.leftPack?.innerBytes ?? s.inner?.left ?? 0,
      right: s.rightPack?.innerBytes ?? (s.isLanePackShared ? s.rightBytes : s.inner?.right) ?? 0,
      out: s.staging?.innerBytes ?? s.inner?.out ?? 0,
    };
    const sweep = (index: number | undefined, pack: number | undefined): void => {
      call(pack, [block.right, scratch, cursors.column, cursors.depth], [columnsLast, depthLast]);
      const from = pack === undefined ? block.right : scratch;
      const where = [block.left, from, block.out, cursors.row, cursors.column, cursors.depth];
      call(index, where, [rowsLast, columnsLast, depthLast], accumulate);
    };
    const [packLanes, packRestLanes] = s.isLanePackShared ? [] : [functions.packLanes, functions.packRestLanes];
    nest(f, [inner], block, () => sweep(functions.sweep, packLanes));
    if (s.innerRest > 0) {
      for (const tensor of ['left', 'right', 'out'] as const) advance(f, block[tensor], inner.size * inner[tensor]);
      sweep(functions.sweepRest, packRestLanes);
    }
    call(functions.unstage, [stage, out, cursors.row, cursors.column], [rowsLast], accumulate);
  };

  /** Packs right for all vectors of the batch axis, one after the other. */
  const packAllLanes = (lasts: readonly (Local | undefined)[]): void => {
    copy(f, right, block.right);
    copy(f, scratch, block.out);
    const pack = (index: number | undefined): void =>
      call(index, [block.right, block.out, cursors.column, cursors.depth], lasts);
    const inner = { size: s.inner?.size ?? 0, left: 0, right: s.inner?.right ?? 0, out: s.rightBytes };
    nest(f, [inner], { right: block.right, out: block.out }, () => pack(functions.packLanes));
    advance(f, block.right, inner.size * inner.right);
    advance(f, block.out, inner.size * inner.out);
    pack(functions.packRestLanes);
  };

  nest(f, s.batch, pointers, () =>
    nest(f, s.outerColumns, pointers, () =>
      eachColumnBlock((columnsLast) => {
        setAccumulate(0);
        nest(f, s.outerDepth, pointers, () =>
          eachDepthBlock((depthLast) => {
            if (s.isLanePackShared) packAllLanes([columnsLast, depthLast]);
            call(functions.packRight, [right, scratch, cursors.column, cursors.depth], [columnsLast, depthLast]);
            nest(f, s.outerRows, pointers, () =>
              eachRowBlock((rowsLast) => rowBlock(rowsLast, columnsLast, depthLast)),
            );
            setAccumulate(1);
          }),
        );
      }),
    ),
  );
}
