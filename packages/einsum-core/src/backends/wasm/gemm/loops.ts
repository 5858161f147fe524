import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import { type Dimension, TENSORS, type Tensor } from './dimension.ts';
import { advance, copy, eachBlock, nest, offset } from './flow.ts';
import { packsLeftOnce, type Schedule } from './schedule.ts';
import { blockWidth } from './segments.ts';

/** Where things lie in scratch memory, in bytes from its start: right panels come first. */
export interface ScratchLayout {
  readonly left: number;
  readonly bytes: number;
}

/** The functions that work on one block. */
export interface BlockFunctions {
  readonly packLeft: number | undefined;
  readonly packRight: number | undefined;
  /** With batch lanes: for whole vectors, and for the indices that are left over. */
  readonly packLanes: LanePacks;
  readonly packRestLanes: LanePacks;
  readonly sweep: number | undefined;
  readonly sweepRest: number | undefined;
}

/** Functions that pack operands for vectors along a batch axis. */
export interface LanePacks {
  readonly left: number | undefined;
  readonly right: number | undefined;
}

/** The locals of the loops. */
interface LoopLocals {
  /** The current block's first elements. */
  readonly at: Readonly<Record<Tensor, Local>>;
  /** The same for one index of `inner`, and where panels take the place of operands. */
  readonly inside: Readonly<Record<Tensor, Local>>;
  readonly rowCursor: Local;
  readonly columnCursor: Local;
  readonly depthCursor: Local;
  readonly accumulate: Local;
  readonly rightPanels: Local;
  readonly leftPanels: Local;
}

/** Flags of the current block: 1 in the last one along each dimension; undefined if there is only one. */
interface Lasts {
  readonly rows: Local | undefined;
  readonly columns: Local | undefined;
  readonly depth: Local | undefined;
}

/** Emits the loops around the blocks: batch, columns, depth, rows, and a batch axis inside a block of rows. */
export function emitLoops(f: FunctionBuilder, s: Schedule, functions: BlockFunctions, layout: ScratchLayout): void {
  const locals = emitStart(f, s, layout);
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
    if (s.isTogether) emitLanePacks(f, s, functions, locals, { rows: undefined, columns, depth });
    call(f, functions.packRight, [at.right, rightPanels, columnCursor, depthCursor], [columns, depth]);
    nest(f, s.outerRows, at, () => rowBlocks(columns, depth));
    setAccumulate(1);
  };
  const columnBlock = (columns: Local | undefined): void => {
    setAccumulate(0);
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
function emitStart(f: FunctionBuilder, s: Schedule, layout: ScratchLayout): LoopLocals {
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
    rowCursor: from(tables, 0),
    columnCursor: from(tables, 0),
    depthCursor: from(tables, 0),
    accumulate: f.local('i32'),
    rightPanels: scratch,
    leftPanels: from(scratch, layout.left),
  };
}

/** Calls a function with locals, flags and more locals; nothing if there is no such function. */
function call(
  f: FunctionBuilder,
  index: number | undefined,
  locals: readonly Local[],
  lasts: readonly (Local | undefined)[],
  ...more: Local[]
): void {
  if (index === undefined) return;
  for (const local of locals) f.get(local);
  for (const isLast of lasts) {
    if (isLast === undefined) f.i32(1);
    else f.get(isLast);
  }
  for (const local of more) f.get(local);
  f.call(index);
}

/** One block of rows, for all indices of `inner`. */
function emitRowBlock(
  f: FunctionBuilder,
  s: Schedule,
  functions: BlockFunctions,
  locals: LoopLocals,
  lasts: Lasts,
): void {
  if (s.lanes === 'batch') return emitBatchLanes(f, s, functions, locals, lasts);
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

/** One block of rows with vectors along a batch axis: all whole vectors together or one by one, then what is left over. */
function emitBatchLanes(
  f: FunctionBuilder,
  s: Schedule,
  { packLanes, packRestLanes, sweep, sweepRest }: BlockFunctions,
  { at, inside, rowCursor, columnCursor, depthCursor, accumulate, rightPanels, leftPanels }: LoopLocals,
  lasts: Lasts,
): void {
  const { leftLanePack, rightLanePack, isTogether } = s;
  const inner = s.inner ?? { size: 0, left: 0, right: 0, out: 0 };
  for (const tensor of TENSORS) copy(f, at[tensor], inside[tensor]);
  const vectors = (index: number | undefined, packs: LanePacks, packedBefore: number): void => {
    call(f, packs.left, [inside.left, leftPanels, rowCursor, depthCursor], [lasts.rows, lasts.depth]);
    if (!isTogether) {
      call(f, packs.right, [inside.right, rightPanels, columnCursor, depthCursor], [lasts.columns, lasts.depth]);
    }
    const panels = f.local('i32');
    offset(f, rightPanels, isTogether ? packedBefore * s.rightBytes : 0, panels);
    const left = leftLanePack === undefined ? inside.left : leftPanels;
    const right = rightLanePack === undefined ? inside.right : panels;
    const where = [left, right, inside.out, rowCursor, columnCursor, depthCursor];
    call(f, index, where, [lasts.rows, lasts.columns, lasts.depth], accumulate);
    f.release(panels);
  };
  if (isTogether) vectors(sweep, packLanes, 0);
  else nest(f, [inner], inside, () => vectors(sweep, packLanes, 0));
  if (s.innerRest > 0) {
    for (const tensor of TENSORS) advance(f, inside[tensor], inner.size * inner[tensor]);
    vectors(sweepRest, packRestLanes, inner.size);
  }
}

/** Packs right for all vectors of the batch axis. */
function emitLanePacks(
  f: FunctionBuilder,
  s: Schedule,
  { packLanes, packRestLanes }: BlockFunctions,
  { at, inside, columnCursor, depthCursor, rightPanels }: LoopLocals,
  lasts: Lasts,
): void {
  const size = s.inner?.size ?? 0;
  const pack = (index: number | undefined, source: Local, target: Local): void =>
    call(f, index, [source, target, columnCursor, depthCursor], [lasts.columns, lasts.depth]);
  pack(packLanes.right, at.right, rightPanels);
  if (packRestLanes.right === undefined) return;
  offset(f, at.right, size * (s.inner?.right ?? 0), inside.right);
  offset(f, rightPanels, size * s.rightBytes, inside.out);
  pack(packRestLanes.right, inside.right, inside.out);
}
