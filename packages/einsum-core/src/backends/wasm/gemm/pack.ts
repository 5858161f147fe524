import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { ByteAxis, Dimension, Tensor } from './dimension.ts';
import { advance, copy, eachGroup, times } from './flow.ts';
import { eachPiece, type Segments } from './segments.ts';
import { interleave2, transpose4 } from './transpose.ts';

/**
 * Copies a block of an operand into panels: per piece of its free dimension (a panel of columns, or a tile of rows) one
 * run of memory that holds, for each term of the sum, the piece's elements side by side.
 *
 *   panel[term][lane] = source[term, lane]
 */
export interface PackPlan {
  readonly tensor: Exclude<Tensor, 'out'>;
  /** The free dimension: its elements become lanes. */
  readonly lane: Dimension;
  readonly depth: Dimension;
  readonly segments: Segments;
  readonly terms: { readonly full: number; readonly last: number };
  /** Whether rows of a panel are whole vectors; if not, they are exactly as long as the piece is wide. */
  readonly padded: boolean;
  /** A batch axis along which many panels are packed at once. */
  readonly inner: ByteAxis | undefined;
  /** Bytes from the panels of one index of `inner` to those of the next. */
  readonly innerBytes: number;
}

/** What packing needs at run time. Cursors point into the tables; flags are 1 in the last block of a dimension. */
export interface PackPlace {
  readonly source: Local;
  readonly target: Local;
  readonly laneCursor: Local | undefined;
  readonly depthCursor: Local | undefined;
  readonly laneLast: Local | undefined;
  readonly depthLast: Local | undefined;
}

/** Which dimension of the source is contiguous, and so how vectors are read from it. */
export type PackMode = 'lane' | 'depth' | 'inner' | 'scalar';

/** How vectors are read for this plan. */
export function packModeOf({ tensor, lane, depth, inner }: PackPlan): PackMode {
  if (lane.tables !== undefined) return 'scalar';
  if (lane[tensor] === 4 || lane.size === 1) return 'lane';
  if (depth.tables === undefined && depth[tensor] === 4) return 'depth';
  if (inner !== undefined && inner[tensor] === 4) return 'inner';
  return 'scalar';
}

/** Bytes of one term's elements in a panel of `width`. */
export const panelRowBytes = (width: number, padded: boolean): number =>
  4 * (padded ? Math.ceil(width / 4) * 4 : width);

/** Bytes of the panels of one block, for one batch index. */
export function packedBytes({ width, blocking, tails }: Segments, terms: PackPlan['terms'], padded: boolean): number {
  let last = blocking.last * panelRowBytes(width, padded);
  for (const tail of tails) last += tail.count * panelRowBytes(tail.width, padded);
  const full = blocking.blocks > 1 ? blocking.full * panelRowBytes(width, padded) : 0;
  return Math.ceil((Math.max(full, last) * terms.full) / 16) * 16;
}

/** A group of 1, 2 or 4 lanes that is stored at once; padded panels have only groups of 4, the last maybe partly valid. */
interface LaneGroup {
  readonly first: number;
  readonly lanes: 1 | 2 | 4;
  readonly valid: number;
}

function laneGroups(width: number, padded: boolean): LaneGroup[] {
  const groups: LaneGroup[] = [];
  for (let first = 0; first < width; ) {
    const rest = width - first;
    const lanes = padded || rest >= 4 ? 4 : rest >= 2 ? 2 : 1;
    groups.push({ first, lanes, valid: Math.min(rest, lanes) });
    first += lanes;
  }
  return groups;
}

/** Emits the packing of one block. */
export function emitPack(f: FunctionBuilder, plan: PackPlan, place: PackPlace): void {
  const { tensor, inner } = plan;
  const mode = packModeOf(plan);
  const [source, target] = [f.local('i32'), f.local('i32')];
  copy(f, place.source, source);
  copy(f, place.target, target);
  const panels = (): void => packPanels(f, plan, mode, { ...place, source, target });
  if (inner === undefined || mode === 'inner') {
    panels();
  } else {
    times(f, { constant: inner.size }, () => {
      panels();
      advance(f, source, inner[tensor]);
      advance(f, target, plan.innerBytes);
    });
  }
  f.release(source);
  f.release(target);
}

/** All panels of one batch index, or in mode `inner` of all of them. */
function packPanels(f: FunctionBuilder, plan: PackPlan, mode: PackMode, place: PackPlace): void {
  const { tensor, lane, depth, terms } = plan;
  const [source, target] = [f.local('i32'), f.local('i32')];
  copy(f, place.source, source);
  copy(f, place.target, target);
  const laneCursor = place.laneCursor === undefined ? undefined : f.local('i32');
  if (laneCursor !== undefined && place.laneCursor !== undefined) copy(f, place.laneCursor, laneCursor);
  const piece = (width: number, together: number): void => {
    const rowBytes = panelRowBytes(width, plan.padded);
    const panelBytes = terms.full * rowBytes;
    const [from, to] = [f.local('i32'), f.local('i32')];
    copy(f, source, from);
    copy(f, target, to);
    const depthCursor = place.depthCursor === undefined ? undefined : f.local('i32');
    if (depthCursor !== undefined && place.depthCursor !== undefined) copy(f, place.depthCursor, depthCursor);
    const here: PackPlace = { ...place, source: from, target: to, laneCursor, depthCursor };
    const isUnrolled = mode === 'depth' || (mode !== 'inner' && terms.last >= 16 && together <= 2);
    eachGroup(f, terms, isUnrolled ? 4 : 1, place.depthLast, (count) => {
      if (mode === 'depth') packAlongDepth(f, plan, here, width, count);
      else if (mode === 'inner') packAlongInner(f, plan, here, width, panelBytes);
      else
        for (let term = 0; term < count; term++)
          packTerm(f, plan, mode, here, { width, together, panelBytes }, term, 1);
      if (depth.tables === undefined) advance(f, from, count * depth[tensor]);
      if (depthCursor !== undefined) advance(f, depthCursor, 4 * count);
      advance(f, to, count * rowBytes);
    });
    if (lane.tables === undefined) advance(f, source, together * width * lane[tensor]);
    if (laneCursor !== undefined) advance(f, laneCursor, 4 * together * width);
    advance(f, target, together * panelBytes);
    for (const local of [from, to, ...(depthCursor === undefined ? [] : [depthCursor])]) f.release(local);
  };
  eachPiece(f, plan.segments, place.laneLast, piece, mode === 'lane' ? panelsTogether(plan.segments.width) : 1);
  for (const local of [source, target, ...(laneCursor === undefined ? [] : [laneCursor])]) f.release(local);
}

/** Panels to fill side by side where lanes are contiguous, so that whole cache lines (16 elements) are read at once. */
export const panelsTogether = (width: number): number => Math.max(1, Math.min(8, Math.ceil(16 / width)));

/** One term of a panel, or of `together` panels, read along the lanes, along four batch indices, or element by element. */
function packTerm(
  f: FunctionBuilder,
  plan: PackPlan,
  mode: PackMode,
  { source, target, laneCursor, depthCursor }: PackPlace,
  { width, together, panelBytes }: { readonly width: number; readonly together: number; readonly panelBytes: number },
  term: number,
  indices: number,
): void {
  const { tensor, lane, depth, padded } = plan;
  const base = f.local('i32');
  let step = 0;
  if (depth.tables !== undefined && depthCursor !== undefined) {
    f.get(source);
    f.get(depthCursor);
    f.load('i32.load', depth.tables[tensor] + 4 * term);
    f.op('i32.add');
    f.set(base);
  } else {
    copy(f, source, base);
    step = term * depth[tensor];
  }
  const pushLane = (index: number): number => {
    f.get(base);
    if (lane.tables === undefined || laneCursor === undefined) return step + index * lane[tensor];
    f.get(laneCursor);
    f.load('i32.load', lane.tables[tensor] + 4 * index);
    f.op('i32.add');
    return step;
  };
  const at = term * panelRowBytes(width, padded);
  for (const { first, lanes, valid } of laneGroups(width, padded)) {
    const vectors = Array.from({ length: mode === 'inner' ? lanes : 1 }, () => f.local('v128'));
    if (mode === 'lane') {
      for (let panel = 0; panel < together; panel++) {
        const constant = pushLane(panel * width + first);
        f.load(lanes === 4 ? 'v128.load' : lanes === 2 ? 'v128.load64_zero' : 'v128.load32_zero', constant);
        f.set(vectors[0]);
        storeGroup(f, target, at + panel * panelBytes + 4 * first, vectors[0], lanes, 0);
      }
    } else if (mode === 'inner') {
      loadRows(f, vectors, valid, (i) => pushLane(first + i));
      turn(f, vectors);
      for (let i = 0; i < indices; i++) {
        storeTurned(f, target, at + 4 * first + i * plan.innerBytes, vectors, i);
      }
    } else {
      for (let i = 0; i < valid; i++) {
        const constant = pushLane(first + i);
        if (i === 0) {
          f.load('v128.load32_zero', constant);
        } else {
          f.get(vectors[0]);
          f.laneMemory('v128.load32_lane', i, constant);
        }
        f.set(vectors[0]);
      }
      storeGroup(f, target, at + 4 * first, vectors[0], lanes, 0);
    }
    for (const vector of vectors) f.release(vector);
  }
  f.release(base);
}

/** One term of a panel for all batch indices, four at a time: so a cache line is used up once it has been fetched. */
function packAlongInner(f: FunctionBuilder, plan: PackPlan, place: PackPlace, width: number, panelBytes: number): void {
  const size = plan.inner?.size ?? 0;
  const [source, target] = [f.local('i32'), f.local('i32')];
  copy(f, place.source, source);
  copy(f, place.target, target);
  const group = (indices: number): void => {
    packTerm(f, plan, 'inner', { ...place, source, target }, { width, together: 1, panelBytes }, 0, indices);
    advance(f, source, 16);
    advance(f, target, 4 * plan.innerBytes);
  };
  times(f, { constant: Math.floor(size / 4) }, () => group(4));
  if (size % 4 > 0) group(size % 4);
  f.release(source);
  f.release(target);
}

/** Four terms of a panel (of which `count` exist), read along the depth and transposed. */
function packAlongDepth(f: FunctionBuilder, plan: PackPlan, place: PackPlace, width: number, count: number): void {
  const rowBytes = panelRowBytes(width, plan.padded);
  for (const { first, lanes, valid } of laneGroups(width, plan.padded)) {
    const vectors = Array.from({ length: lanes }, () => f.local('v128'));
    loadRows(f, vectors, valid, (i) => {
      f.get(place.source);
      return (first + i) * plan.lane[plan.tensor];
    });
    turn(f, vectors);
    for (let i = 0; i < count; i++) storeTurned(f, place.target, i * rowBytes + 4 * first, vectors, i);
    for (const vector of vectors) f.release(vector);
  }
}

/** Loads one vector per lane of a group, zero for those beyond the last valid one, whose memory may not exist. */
function loadRows(f: FunctionBuilder, vectors: readonly Local[], valid: number, push: (index: number) => number): void {
  vectors.forEach((vector, i) => {
    if (i < valid) f.load('v128.load', push(i));
    else f.f32x4(0);
    f.set(vector);
  });
}

/** Transposes one, two or four vectors; `storeTurned` knows where the columns then are. */
function turn(f: FunctionBuilder, vectors: readonly Local[]): void {
  if (vectors.length === 4) transpose4(f, [vectors[0], vectors[1], vectors[2], vectors[3]]);
  else if (vectors.length === 2) interleave2(f, vectors[0], vectors[1]);
}

/** Stores column `index` of vectors that went through `turn`. */
function storeTurned(f: FunctionBuilder, target: Local, at: number, vectors: readonly Local[], index: number): void {
  if (vectors.length === 4) storeGroup(f, target, at, vectors[index], 4, 0);
  else if (vectors.length === 2) storeGroup(f, target, at, vectors[index >> 1], 2, 2 * (index & 1));
  else storeGroup(f, target, at, vectors[0], 1, index);
}

function storeGroup(
  f: FunctionBuilder,
  target: Local,
  at: number,
  vector: Local,
  lanes: 1 | 2 | 4,
  lane: number,
): void {
  f.get(target);
  f.get(vector);
  if (lanes === 4) f.store('v128.store', at);
  else if (lanes === 2) f.laneMemory('v128.store64_lane', lane >> 1, at);
  else f.laneMemory('v128.store32_lane', lane, at);
}
