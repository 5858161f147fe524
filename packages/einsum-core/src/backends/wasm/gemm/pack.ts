import type { FunctionBuilder } from '../emit/function-builder.ts';
import { advance, copy, eachGroup, times } from './flow.ts';
import { laneGroups, loadGroup, loadRows, storeGroup, storeTurned, turn } from './lane-groups.ts';
import {
  isRowwise,
  type PackMode,
  type PackPlace,
  type PackPlan,
  packModeOf,
  panelRowBytes,
  panelsTogether,
} from './pack-plan.ts';
import { packRows } from './pack-rows.ts';
import { eachPiece } from './segments.ts';

/** Emits the packing of one block. */
export function emitPack(f: FunctionBuilder, plan: PackPlan, place: PackPlace): void {
  const { tensor, inner } = plan;
  const mode = packModeOf(plan);
  const [source, target] = [f.local('i32'), f.local('i32')];
  copy(f, place.source, source);
  copy(f, place.target, target);
  const panels = (): void => packPanels(f, plan, mode, { ...place, source, target });
  if (isRowwise(plan)) {
    packRows(f, plan, { ...place, source, target });
  } else if (inner === undefined || mode === 'inner') {
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
        const along = (panel * width + first) * lane[tensor];
        loadGroup(f, base, step + along, vectors[0], lanes);
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
