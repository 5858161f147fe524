import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import { advance, copy, type Count, ifLast, times } from './flow.ts';

/** A tile of the output held in registers: `height` rows of `vectors` × 4 columns, of which `lanes` exist. */
export interface TileShape {
  readonly height: number;
  readonly vectors: number;
  readonly lanes: number;
}

/** How a tile finds its operands. Bytes; right rows are contiguous vectors. */
export interface TileAddressing {
  /** From one row of left to the next. */
  readonly leftRow: number;
  /** From one term of the sum to the next. */
  readonly leftStep: number;
  readonly rightStep: number;
  /** Where the table of left's byte offset per term starts, relative to the depth cursor; replaces `leftStep`. */
  readonly leftTable: number | undefined;
}

/** Terms of the sum: `full` in every block but the last, which has `last`; `unroll` at a time. */
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
  /** How often `unroll` terms fit into this block. */
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
 * cycle), so even and odd terms go to different ones.
 */
export function splitOf({ height, vectors }: TileShape, depth: DepthPlan): number {
  const registers = height * vectors;
  if (registers >= 7 || depth.last < 8) return 1;
  return Math.min(4, Math.floor(12 / registers), depth.unroll);
}

/** How many terms to write out per loop iteration: one that leaves few over, or all of a short sum. */
export function unrollOf(length: number): number {
  if (length <= 16) return Math.max(1, length);
  let best = 8;
  for (const candidate of [7, 6, 5, 9, 10]) if (length % candidate < length % best) best = candidate;
  return best;
}

/**
 * Emits the sum over the terms of one block for a whole tile and hands the accumulators, row by row, to `store`.
 *
 *   tile[r, c] = Σ_k left[r, k] · right[k, c]
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
  const splat = f.local('v128');
  const entry = addressing.leftTable === undefined ? undefined : f.local('i32');
  const straight = depth.full === depth.last && depth.last <= depth.unroll && depth.last > 0;
  for (const accumulator of straight ? accumulators.slice(registers * Math.min(split, depth.last)) : accumulators) {
    f.f32x4(0);
    f.set(accumulator);
  }
  const step = (left: Local, right: Local, cursor: Local | undefined, term: number, first: boolean): void => {
    const accumulate = (row: number, vector: number, column: Local): void => {
      const accumulator = accumulators[(term % split) * registers + row * vectors + vector];
      if (!first) return multiplyAdd(f, splat, column, accumulator, relaxed);
      f.get(splat);
      f.get(column);
      f.op('f32x4.mul');
      f.set(accumulator);
    };
    let leftBase = left;
    let leftStep = term * addressing.leftStep;
    if (entry !== undefined && cursor !== undefined) {
      f.get(left);
      f.get(cursor);
      f.load('i32.load', (addressing.leftTable ?? 0) + 4 * term);
      f.op('i32.add');
      f.set(entry);
      leftBase = entry;
      leftStep = 0;
    }
    const loadColumn = (vector: number, to: Local): void => {
      f.get(right);
      f.load('v128.load', term * addressing.rightStep + 16 * vector);
      f.set(to);
    };
    if (height > 1) columns.forEach((column, vector) => loadColumn(vector, column));
    for (let row = 0; row < height; row++) {
      f.get(leftBase);
      f.load('v128.load32_splat', row * addressing.leftRow + leftStep);
      f.set(splat);
      for (let vector = 0; vector < vectors; vector++) {
        if (height === 1) loadColumn(vector, columns[0]);
        accumulate(row, vector, columns[height === 1 ? 0 : vector]);
      }
    }
  };
  if (straight) {
    for (let term = 0; term < depth.last; term++) step(place.left, place.right, place.depthCursor, term, term < split);
  } else if (depth.last > 0) {
    const [left, right] = [f.local('i32'), f.local('i32')];
    copy(f, place.left, left);
    copy(f, place.right, right);
    const cursor = place.depthCursor === undefined ? undefined : f.local('i32');
    if (cursor !== undefined && place.depthCursor !== undefined) copy(f, place.depthCursor, cursor);
    times(f, place.iterations, () => {
      for (let term = 0; term < depth.unroll; term++) step(left, right, cursor, term, false);
      if (entry === undefined) advance(f, left, depth.unroll * addressing.leftStep);
      advance(f, right, depth.unroll * addressing.rightStep);
      if (cursor !== undefined) advance(f, cursor, 4 * depth.unroll);
    });
    const rest = depth.last % depth.unroll;
    if (rest > 0) {
      ifLast(f, place.depthLast, () => {
        for (let term = 0; term < rest; term++) step(left, right, cursor, term, false);
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
  for (const local of [...columns, splat, ...accumulators.slice(registers)]) f.release(local);
  if (entry !== undefined) f.release(entry);
  store(accumulators.slice(0, registers));
  for (const local of accumulators.slice(0, registers)) f.release(local);
}
