import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import { advance, copy, eachGroup, times } from './flow.ts';
import { laneGroups, loadGroup, loadRows, storeGroup, storeTurned, turn } from './lane-groups.ts';
import {
  type PackPlace,
  type PackPlan,
  packModeOf,
  packOrder,
  panelBytes,
  panelsTogether,
  termBytes,
} from './pack-plan.ts';
import { eachPiece } from './segments.ts';

/** A place in the loops of packing, and how much is packed there at once. */
type Step = PackPlace & {
  readonly width: number;
  readonly together: number;
  readonly terms: number;
  readonly indices: number;
};

/** Emits the packing of one block. */
export function emitPack(f: FunctionBuilder, plan: PackPlan, place: PackPlace): void {
  const order = packOrder(plan);
  const visit = (level: number, step: Step): void => {
    const isInnermost = level === order.length - 1;
    const inner = (next: Step): void => visit(level + 1, next);
    if (level === order.length) packUnit(f, plan, step);
    else if (order[level] === 'lane') eachPanel(f, plan, step, inner);
    else if (order[level] === 'depth') eachTerms(f, plan, step, isInnermost, inner);
    else eachIndex(f, plan, step, inner);
  };
  visit(0, { ...place, width: plan.segments.width, together: 1, terms: 1, indices: 1 });
}

/** Runs `body` for each panel, or for some side by side. */
function eachPanel(f: FunctionBuilder, plan: PackPlan, step: Step, body: (step: Step) => void): void {
  const { tensor, lane, segments } = plan;
  const [source, target] = [copied(f, step.source), copied(f, step.target)];
  const laneCursor = step.laneCursor === undefined ? undefined : copied(f, step.laneCursor);
  const most = packModeOf(plan) === 'lane' ? panelsTogether(segments.width) : 1;
  eachPiece(
    f,
    segments,
    step.laneLast,
    (width, together) => {
      body({ ...step, source, target, laneCursor, width, together });
      if (lane.tables === undefined) advance(f, source, together * width * lane[tensor]);
      if (laneCursor !== undefined) advance(f, laneCursor, 4 * together * width);
      advance(f, target, together * panelBytes(plan));
    },
    most,
  );
  for (const local of [source, target]) f.release(local);
  if (laneCursor !== undefined) f.release(laneCursor);
}

/** Runs `body` for each term, or for four of them where that can be written out. */
function eachTerms(
  f: FunctionBuilder,
  plan: PackPlan,
  step: Step,
  isInnermost: boolean,
  body: (step: Step) => void,
): void {
  const { tensor, depth, terms } = plan;
  const [source, target] = [copied(f, step.source), copied(f, step.target)];
  const depthCursor = step.depthCursor === undefined ? undefined : copied(f, step.depthCursor);
  const mode = packModeOf(plan);
  const isUnrolled = mode === 'depth' || (isInnermost && mode !== 'inner' && terms.last >= 16 && step.together <= 2);
  eachGroup(f, terms, isUnrolled ? 4 : 1, step.depthLast, (count) => {
    body({ ...step, source, target, depthCursor, terms: count });
    if (depth.tables === undefined) advance(f, source, count * depth[tensor]);
    if (depthCursor !== undefined) advance(f, depthCursor, 4 * count);
    advance(f, target, count * termBytes(plan));
  });
  for (const local of [source, target]) f.release(local);
  if (depthCursor !== undefined) f.release(depthCursor);
}

/** Runs `body` for each batch index, or for four of them where the tensor is contiguous along that axis. */
function eachIndex(f: FunctionBuilder, plan: PackPlan, step: Step, body: (step: Step) => void): void {
  const size = plan.inner?.size ?? 1;
  const stride = plan.inner?.[plan.tensor] ?? 0;
  const [source, target] = [copied(f, step.source), copied(f, step.target)];
  const group = (indices: number): void => {
    body({ ...step, source, target, indices });
    advance(f, source, indices * stride);
    advance(f, target, indices * plan.innerBytes);
  };
  const most = packModeOf(plan) === 'inner' ? 4 : 1;
  times(f, { constant: Math.floor(size / most) }, () => group(most));
  if (size % most > 0) group(size % most);
  for (const local of [source, target]) f.release(local);
}

/** The innermost part: some terms of some panels, for one batch index or for four. */
function packUnit(f: FunctionBuilder, plan: PackPlan, step: Step): void {
  if (packModeOf(plan) === 'depth') return packAlongDepth(f, plan, step);
  for (let term = 0; term < step.terms; term++) packTerm(f, plan, step, term);
}

/** One term of a panel, or of several, read along the lanes, along four batch indices, or element by element. */
function packTerm(f: FunctionBuilder, plan: PackPlan, step: Step, term: number): void {
  const { tensor, lane, depth, padded } = plan;
  const { source, target, laneCursor, depthCursor, width, together, indices } = step;
  const mode = packModeOf(plan);
  let [base, offset] = [source, term * depth[tensor]];
  if (depth.tables !== undefined && depthCursor !== undefined) {
    [base, offset] = [f.local('i32'), 0];
    f.get(source);
    f.get(depthCursor);
    f.load('i32.load', depth.tables[tensor] + 4 * term);
    f.op('i32.add');
    f.set(base);
  }
  const pushLane = (index: number): number => {
    f.get(base);
    if (lane.tables === undefined || laneCursor === undefined) return offset + index * lane[tensor];
    f.get(laneCursor);
    f.load('i32.load', lane.tables[tensor] + 4 * index);
    f.op('i32.add');
    return offset;
  };
  const at = term * termBytes(plan);
  for (const { first, lanes, valid } of laneGroups(width, padded)) {
    const vectors = Array.from({ length: mode === 'inner' ? lanes : 1 }, () => f.local('v128'));
    if (mode === 'lane') {
      for (let panel = 0; panel < together; panel++) {
        const along = (panel * width + first) * lane[tensor];
        loadGroup(f, base, offset + along, vectors[0], lanes);
        storeGroup(f, target, at + panel * panelBytes(plan) + 4 * first, vectors[0], lanes, 0);
      }
    } else if (mode === 'inner') {
      loadRows(f, vectors, valid, (i) => pushLane(first + i));
      turn(f, vectors);
      for (let i = 0; i < indices; i++) storeTurned(f, target, at + 4 * first + i * plan.innerBytes, vectors, i);
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
  if (base !== source) f.release(base);
}

/** Four terms of a panel, or as many as there are, read along the depth and transposed. */
function packAlongDepth(f: FunctionBuilder, plan: PackPlan, { source, target, width, terms }: Step): void {
  for (const { first, lanes, valid } of laneGroups(width, plan.padded)) {
    const vectors = Array.from({ length: lanes }, () => f.local('v128'));
    loadRows(f, vectors, valid, (i) => {
      f.get(source);
      return (first + i) * plan.lane[plan.tensor];
    });
    turn(f, vectors);
    for (let i = 0; i < terms; i++) storeTurned(f, target, i * termBytes(plan) + 4 * first, vectors, i);
    for (const vector of vectors) f.release(vector);
  }
}

function copied(f: FunctionBuilder, from: Local): Local {
  const local = f.local('i32');
  copy(f, from, local);
  return local;
}
