import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import { advance, copy, eachGroup, times } from './flow.ts';
import { type LanePackPlan, lanePackModeOf, lanePackOrder } from './lane-pack-plan.ts';
import { laneRowBytes, type PackPlace } from './pack-plan.ts';
import { eachPiece } from './segments.ts';
import { transpose4 } from './transpose.ts';

type Step = PackPlace & { readonly width: number; readonly together: number; readonly terms: number };

/** Emits the packing of all whole vectors, or of one with so many `lanes`. */
export function emitLanePack(f: FunctionBuilder, plan: LanePackPlan, place: PackPlace, lanes: number): void {
  const order = lanePackOrder(plan);
  const visit = (level: number, step: Step): void => {
    const inner = (next: Step): void => visit(level + 1, next);
    if (level === order.length) packUnit(f, plan, step, lanes);
    else if (order[level] === 'lane') eachPanel(f, plan, step, inner);
    else if (order[level] === 'depth') eachTerms(f, plan, step, inner);
    else if (lanes < 4) inner(step);
    else eachVector(f, plan, step, inner);
  };
  visit(0, { ...place, width: plan.segments.width, together: 1, terms: 1 });
}

function eachPanel(f: FunctionBuilder, plan: LanePackPlan, step: Step, body: (step: Step) => void): void {
  const { tensor, lane, segments, terms } = plan;
  const [source, target] = [copied(f, step.source), copied(f, step.target)];
  const laneCursor = step.laneCursor === undefined ? undefined : copied(f, step.laneCursor);
  const panelBytes = terms.full * laneRowBytes(segments);
  // Elements are transposed in fours: two panels of six are three of them.
  const pair = lanePackModeOf(plan) === 'lane' && segments.width % 4 === 2 ? 2 : 1;
  eachPiece(
    f,
    segments,
    step.laneLast,
    (width, together) => {
      body({ ...step, source, target, laneCursor, width, together });
      if (lane.tables === undefined) advance(f, source, together * width * lane[tensor]);
      if (laneCursor !== undefined) advance(f, laneCursor, 4 * together * width);
      advance(f, target, together * panelBytes);
    },
    pair,
  );
  for (const local of [source, target]) f.release(local);
  if (laneCursor !== undefined) f.release(laneCursor);
}

function eachTerms(f: FunctionBuilder, plan: LanePackPlan, step: Step, body: (step: Step) => void): void {
  const { tensor, depth, segments, terms } = plan;
  const [source, target] = [copied(f, step.source), copied(f, step.target)];
  const depthCursor = step.depthCursor === undefined ? undefined : copied(f, step.depthCursor);
  eachGroup(f, terms, lanePackModeOf(plan) === 'depth' ? 4 : 1, step.depthLast, (count) => {
    body({ ...step, source, target, depthCursor, terms: count });
    if (depth.tables === undefined) advance(f, source, count * depth[tensor]);
    if (depthCursor !== undefined) advance(f, depthCursor, 4 * count);
    advance(f, target, count * laneRowBytes(segments));
  });
  for (const local of [source, target]) f.release(local);
  if (depthCursor !== undefined) f.release(depthCursor);
}

function eachVector(f: FunctionBuilder, plan: LanePackPlan, step: Step, body: (step: Step) => void): void {
  if (plan.vectors === 1) return body(step);
  const [source, target] = [copied(f, step.source), copied(f, step.target)];
  times(f, { constant: plan.vectors }, () => {
    body({ ...step, source, target });
    advance(f, source, 4 * plan.batchStride);
    advance(f, target, plan.vectorBytes);
  });
  for (const local of [source, target]) f.release(local);
}

/** The innermost part: one vector of batch indices, of some panels side by side, for one term or four. */
function packUnit(f: FunctionBuilder, plan: LanePackPlan, step: Step, lanes: number): void {
  const { batchStride, segments, terms } = plan;
  const mode = lanePackModeOf(plan);
  const count = step.together * step.width;
  const save = (vector: Local, lane: number, term: number): void => {
    const panel = Math.floor(lane / step.width);
    f.get(step.target);
    f.get(vector);
    f.store('v128.store', laneRowBytes(segments) * (panel * terms.full + term) + 16 * (lane - panel * step.width));
  };
  if (mode === 'lane' || mode === 'depth') {
    const vectors = [f.local('v128'), f.local('v128'), f.local('v128'), f.local('v128')] as const;
    const turned = (lane: number, term: number): void => {
      vectors.forEach((vector, i) => {
        if (i < lanes) f.load('v128.load', pushElement(f, plan, step, lane, term, i * batchStride));
        else f.f32x4(0);
        f.set(vector);
      });
      transpose4(f, vectors);
    };
    if (mode === 'depth') {
      for (let lane = 0; lane < count; lane++) {
        turned(lane, 0);
        for (let term = 0; term < step.terms; term++) save(vectors[term], lane, term);
      }
    } else {
      for (let first = 0; first < count; first += 4) {
        turned(first, 0);
        for (let i = 0; i < 4 && first + i < count; i++) save(vectors[i], first + i, 0);
      }
    }
    for (const vector of vectors) f.release(vector);
    return;
  }
  const vector = f.local('v128');
  for (let lane = 0; lane < count; lane++) {
    if (mode === 'batch') {
      f.load('v128.load', pushElement(f, plan, step, lane, 0, 0));
    } else {
      f.load('v128.load32_zero', pushElement(f, plan, step, lane, 0, 0));
      for (let i = 1; i < lanes; i++) {
        f.set(vector);
        const at = pushElement(f, plan, step, lane, 0, i * batchStride);
        f.get(vector);
        f.laneMemory('v128.load32_lane', i, at);
      }
    }
    f.set(vector);
    save(vector, lane, 0);
  }
  f.release(vector);
}

/** Pushes the address of an element of the source, some bytes on, and returns the constant offset to go with it. */
function pushElement(
  f: FunctionBuilder,
  { tensor, lane, depth }: LanePackPlan,
  { source, laneCursor, depthCursor }: Step,
  laneIndex: number,
  term: number,
  bytes: number,
): number {
  let constant = bytes;
  f.get(source);
  for (const [dimension, cursor, index] of [
    [lane, laneCursor, laneIndex],
    [depth, depthCursor, term],
  ] as const) {
    if (dimension.tables === undefined || cursor === undefined) {
      constant += index * dimension[tensor];
    } else {
      f.get(cursor);
      f.load('i32.load', dimension.tables[tensor] + 4 * index);
      f.op('i32.add');
    }
  }
  if (constant >= 0) return constant;
  f.i32(constant);
  f.op('i32.add');
  return 0;
}

function copied(f: FunctionBuilder, from: Local): Local {
  const local = f.local('i32');
  copy(f, from, local);
  return local;
}
