import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import { advance, copy, type Count, ifLast, times } from './flow.ts';

/** A tile of sums held in registers: `height` rows of `vectors` vectors. */
export interface TileShape {
  readonly height: number;
  readonly vectors: number;
}

/**
 * How a tile finds its operands; distances in bytes. One step is one term of the sum, or four where vectors run along
 * the summed axis.
 */
export interface TileAddressing {
  /** One element of left for a whole vector of right, or one vector for one vector. */
  readonly leftLoad: 'splat' | 'vector';
  readonly leftRow: number;
  readonly leftStep: number;
  /** Where the table of left's byte offset per step starts, relative to the depth cursor; replaces `leftStep`. */
  readonly leftTable: number | undefined;
  readonly rightStep: number;
  readonly rightVector: number;
  /** Terms beyond the last whole vector, where vectors run along the summed axis. */
  readonly rest: number;
}

/** Steps of the sum: `full` in every block but the last, which has `last`; `unroll` at a time. */
export interface DepthPlan {
  readonly full: number;
  readonly last: number;
  readonly unroll: number;
}

/** Everything a tile needs at run time. */
export interface TilePlace {
  readonly left: Local;
  readonly right: Local;
  readonly depthCursor: Local | undefined;
  readonly depthLast: Local | undefined;
  /** How often `unroll` steps fit into this block. */
  readonly iterations: Count;
}

/** acc += a · b, fused into one rounding where the machine has it. */
export function multiplyAdd(f: FunctionBuilder, a: Local, b: Local, accumulator: Local, relaxed: boolean): void {
  if (relaxed) {
    f.get(a);
    f.get(b);
    f.get(accumulator);
    f.op('f32x4.relaxed_madd');
  } else {
    f.get(accumulator);
    f.get(a);
    f.get(b);
    f.op('f32x4.mul');
    f.op('f32x4.add');
  }
  f.set(accumulator);
}

/**
 * How many sums each output keeps: a tile with few registers would wait for its own additions (4 cycles each, two per
 * cycle on current x86-64), so consecutive steps go to different ones.
 */
export function splitOf({ height, vectors }: TileShape, depth: DepthPlan): number {
  const registers = height * vectors;
  if (registers >= 7 || depth.last < 8) return 1;
  return Math.min(4, Math.floor(12 / registers), depth.unroll);
}

/** How many steps to write out per loop iteration: one that leaves few over, or all of a short sum. */
export function unrollOf(length: number): number {
  if (length <= 16) return Math.max(1, length);
  let best = 8;
  for (const candidate of [7, 6, 5, 9, 10]) if (length % candidate < length % best) best = candidate;
  return best;
}

/**
 * Emits the sums over the terms of one block for a whole tile and hands the accumulators, row by row, to `store`.
 *
 *   tile[r, v] = Σ_step left[r, step] · right[step, v]
 */
export function emitTile(
  f: FunctionBuilder,
  shape: TileShape,
  addressing: TileAddressing,
  depth: DepthPlan,
  place: TilePlace,
  relaxed: boolean,
  store: (accumulators: readonly Local[]) => void,
): void {
  const { height, vectors } = shape;
  const registers = height * vectors;
  const split = splitOf(shape, depth);
  const accumulators = Array.from({ length: registers * split }, () => f.local('v128'));
  const columns = Array.from({ length: height === 1 ? 1 : vectors }, () => f.local('v128'));
  const row = f.local('v128');
  const entry = addressing.leftTable === undefined ? undefined : f.local('i32');
  const isStraight = depth.full === depth.last && depth.last <= depth.unroll && depth.last > 0;
  for (const accumulator of isStraight ? accumulators.slice(registers * Math.min(split, depth.last)) : accumulators) {
    f.f32x4(0);
    f.set(accumulator);
  }

  /** One step; `terms` < 4 if only so many elements of the vectors exist. */
  const step = (left: Local, right: Local, cursor: Local | undefined, index: number, first: boolean, terms: number): void => {
    let [leftBase, leftStep] = [left, index * addressing.leftStep];
    if (entry !== undefined && cursor !== undefined) {
      f.get(left);
      f.get(cursor);
      f.load('i32.load', (addressing.leftTable ?? 0) + 4 * index);
      f.op('i32.add');
      f.set(entry);
      [leftBase, leftStep] = [entry, 0];
    }
    const loadColumn = (vector: number, to: Local): void => {
      loadElements(f, right, index * addressing.rightStep + vector * addressing.rightVector, terms);
      f.set(to);
    };
    if (height > 1) columns.forEach((column, vector) => loadColumn(vector, column));
    for (let r = 0; r < height; r++) {
      const at = r * addressing.leftRow + leftStep;
      if (addressing.leftLoad === 'vector') {
        loadElements(f, leftBase, at, terms);
      } else {
        f.get(leftBase);
        f.load('v128.load32_splat', at);
      }
      f.set(row);
      for (let vector = 0; vector < vectors; vector++) {
        if (height === 1) loadColumn(vector, columns[0]);
        const column = columns[height === 1 ? 0 : vector];
        const accumulator = accumulators[(index % split) * registers + r * vectors + vector];
        if (first) {
          f.get(row);
          f.get(column);
          f.op('f32x4.mul');
          f.set(accumulator);
        } else {
          multiplyAdd(f, row, column, accumulator, relaxed);
        }
      }
    }
  };

  if (isStraight) {
    for (let i = 0; i < depth.last; i++) step(place.left, place.right, place.depthCursor, i, i < split, 4);
    if (addressing.rest > 0) step(place.left, place.right, place.depthCursor, depth.last, false, addressing.rest);
  } else if (depth.last > 0 || addressing.rest > 0) {
    const [left, right] = [f.local('i32'), f.local('i32')];
    copy(f, place.left, left);
    copy(f, place.right, right);
    const cursor = place.depthCursor === undefined ? undefined : f.local('i32');
    if (cursor !== undefined && place.depthCursor !== undefined) copy(f, place.depthCursor, cursor);
    times(f, place.iterations, () => {
      for (let i = 0; i < depth.unroll; i++) step(left, right, cursor, i, false, 4);
      if (entry === undefined) advance(f, left, depth.unroll * addressing.leftStep);
      advance(f, right, depth.unroll * addressing.rightStep);
      if (cursor !== undefined) advance(f, cursor, 4 * depth.unroll);
    });
    const over = depth.last % depth.unroll;
    if (over + addressing.rest > 0) {
      ifLast(f, place.depthLast, () => {
        for (let i = 0; i < over; i++) step(left, right, cursor, i, false, 4);
        if (addressing.rest > 0) step(left, right, cursor, over, false, addressing.rest);
      });
    }
    for (const local of [left, right, ...(cursor === undefined ? [] : [cursor])]) f.release(local);
  }
  for (let part = 1; part < split; part++) {
    for (let i = 0; i < registers; i++) {
      f.get(accumulators[i]);
      f.get(accumulators[part * registers + i]);
      f.op('f32x4.add');
      f.set(accumulators[i]);
    }
  }
  for (const local of [...columns, row, ...accumulators.slice(registers)]) f.release(local);
  if (entry !== undefined) f.release(entry);
  store(accumulators.slice(0, registers));
  for (const local of accumulators.slice(0, registers)) f.release(local);
}

/** Pushes a vector whose first `count` elements are loaded; beyond them are zeros, and nothing is read. */
function loadElements(f: FunctionBuilder, base: Local, at: number, count: number): void {
  f.get(base);
  if (count === 4) return f.load('v128.load', at);
  if (count === 1) return f.load('v128.load32_zero', at);
  if (count === 2) return f.load('v128.load64_zero', at);
  const vector = f.local('v128');
  f.load('v128.load64_zero', at);
  f.set(vector);
  f.get(base);
  f.get(vector);
  f.laneMemory('v128.load32_lane', 2, at + 8);
  f.release(vector);
}
