import type { ByteAxis, Tensor } from './dimension.ts';
import { packsLeftOnce, type Schedule } from './schedule.ts';
import type { Segments } from './segments.ts';
import type { Loop } from './traffic.ts';

/** The axes of a schedule's block, outermost first. */
export interface BlockAxes {
  readonly rows: readonly ByteAxis[];
  readonly columns: readonly ByteAxis[];
  readonly depth: readonly ByteAxis[];
}

/** A schedule before it is priced. */
export type Planned = Omit<Schedule, 'cycles'>;

/** All indices of some axes, innermost first. */
export const along = (axes: readonly ByteAxis[], tensor: Tensor): Loop[] =>
  axes.map((axis) => ({ count: axis.size, stride: axis[tensor] })).reverse();

/** A group of axes as the loops within a tile, those over the tiles of a block, and that over blocks. */
export function tiled(
  axes: readonly ByteAxis[],
  { width, blocking }: Segments,
  tensor: Tensor,
  together: number = 1,
): { tile: Loop[]; tiles: Loop[]; blocks: Loop[] } {
  const last = axes.at(-1);
  if (last === undefined) return { tile: [], tiles: [], blocks: [] };
  const stride = last[tensor];
  const step = width * together;
  const tile = [{ count: Math.min(step, last.size), stride }];
  const outer = along(axes.slice(0, -1), tensor);
  const count = Math.ceil(last.size / step);
  if (blocking.blocks === 1 || axes.length > 1)
    return { tile, tiles: [{ count, stride: step * stride }, ...outer], blocks: [] };
  const perBlock = { count: Math.ceil(count / blocking.blocks), stride: step * stride };
  const block = { count: blocking.blocks, stride: width * blocking.full * stride };
  return { tile, tiles: [perBlock], blocks: [block] };
}

/** The terms of a block, and the loops over blocks of them. */
export function depthLoops(s: Planned, depth: readonly ByteAxis[], tensor: Tensor): { terms: Loop[]; blocks: Loop[] } {
  const outer = along(s.outerDepth, tensor);
  const { blocks, full } = s.depthBlocks;
  if (blocks === 1 || depth.length !== 1) return { terms: along(depth, tensor), blocks: outer };
  const stride = depth[0][tensor];
  return { terms: [{ count: full, stride }], blocks: [{ count: blocks, stride: full * stride }, ...outer] };
}

/** A batch axis inside the block. */
export function innerLoop(s: Planned, tensor: Tensor): Loop[] {
  return s.inner === undefined ? [] : [{ count: s.inner.size, stride: s.inner[tensor] }];
}

/** Left may be packed anew for every block of columns. */
export const columnBlocks = (s: Planned): Loop[] => [
  { count: packsLeftOnce(s) ? 1 : s.columnSegments.blocking.blocks, stride: 0 },
];
