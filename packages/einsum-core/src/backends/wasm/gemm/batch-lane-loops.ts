import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import { type BlockFunctions, call, type LanePacks, type Lasts, type LoopLocals } from './block-functions.ts';
import { TENSORS } from './dimension.ts';
import { advance, copy, nest, offset } from './flow.ts';
import type { Schedule } from './schedule.ts';

/** One block of rows with vectors along a batch axis: all whole vectors together or one by one, then what is left over. */
export function emitBatchLanes(
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
export function emitLanePacks(
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
