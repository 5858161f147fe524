import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import { advance, type Count, copy, ifLast, times } from './flow.ts';

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
  /** Partial sums of each output, which take the steps of an unrolled group in turn. */
  readonly chains: number;
}

/** Whether all steps are written out, so that no loop is needed. */
export const isStraight = ({ full, last, unroll }: DepthPlan): boolean => full === last && last <= unroll && last > 0;

/** Everything a tile needs at run time. */
export interface TilePlace {
  readonly left: Local;
  readonly right: Local;
  readonly depthCursor: Local | undefined;
  readonly depthLast: Local | undefined;
  /** How often `unroll` steps fit into this block. */
  readonly iterations: Count;
}

/** acc = a · b */
function multiply(f: FunctionBuilder, a: Local, b: Local, accumulator: Local): void {
  f.get(a);
  f.get(b);
  f.op('f32x4.mul');
  f.set(accumulator);
}

/** acc += a · b, fused into one rounding where the machine has it. */
function multiplyAdd(f: FunctionBuilder, a: Local, b: Local, accumulator: Local, relaxed: boolean): void {
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
  const registers = shape.height * shape.vectors;
  const { chains } = depth;
  const vector = (): Local => f.local('v128');
  const tile: TileLocals = {
    accumulators: Array.from({ length: registers * chains }, vector),
    columns: Array.from({ length: shape.height === 1 ? 1 : shape.vectors }, vector),
    row: vector(),
    entry: addressing.leftTable === undefined ? undefined : f.local('i32'),
  };
  const step = (at: StepPlace, index: number, first: boolean, terms: number): void =>
    emitStep(f, shape, addressing, tile, at, { index, chains, first, terms }, relaxed);

  // The first products of a short sum are its accumulators; a loop has to start from zeros.
  const startsWithProducts = isStraight(depth);
  const started = startsWithProducts ? registers * Math.min(chains, depth.last) : 0;
  for (const accumulator of tile.accumulators.slice(started)) {
    f.f32x4(0);
    f.set(accumulator);
  }
  if (startsWithProducts) {
    for (let i = 0; i < depth.last; i++) step(place, i, i < chains, 4);
    if (addressing.rest > 0) step(place, depth.last, false, addressing.rest);
  } else if (depth.last + addressing.rest > 0) {
    emitStepLoop(f, addressing, depth, place, (at, index, terms) => step(at, index, false, terms));
  }
  for (let i = registers; i < registers * chains; i++) {
    f.get(tile.accumulators[i % registers]);
    f.get(tile.accumulators[i]);
    f.op('f32x4.add');
    f.set(tile.accumulators[i % registers]);
  }
  const sums = tile.accumulators.slice(0, registers);
  for (const local of [...tile.columns, tile.row, ...tile.accumulators.slice(registers)]) f.release(local);
  if (tile.entry !== undefined) f.release(tile.entry);
  store(sums);
  for (const local of sums) f.release(local);
}

/** The registers of a tile; `entry` holds an address that came from a table. */
interface TileLocals {
  readonly accumulators: readonly Local[];
  readonly columns: readonly Local[];
  readonly row: Local;
  readonly entry: Local | undefined;
}

type StepPlace = Pick<TilePlace, 'left' | 'right' | 'depthCursor'>;

/** Walks all steps of a block, `unroll` at a time, with pointers of its own. */
function emitStepLoop(
  f: FunctionBuilder,
  addressing: TileAddressing,
  depth: DepthPlan,
  place: TilePlace,
  step: (at: StepPlace, index: number, terms: number) => void,
): void {
  const [left, right, cursor] = [f.local('i32'), f.local('i32'), f.local('i32')];
  copy(f, place.left, left);
  copy(f, place.right, right);
  const hasTable = place.depthCursor !== undefined;
  if (place.depthCursor !== undefined) copy(f, place.depthCursor, cursor);
  const at: StepPlace = { left, right, depthCursor: hasTable ? cursor : undefined };
  times(f, place.iterations, () => {
    for (let i = 0; i < depth.unroll; i++) step(at, i, 4);
    if (hasTable) advance(f, cursor, 4 * depth.unroll);
    else advance(f, left, depth.unroll * addressing.leftStep);
    advance(f, right, depth.unroll * addressing.rightStep);
  });
  const over = depth.last % depth.unroll;
  if (over + addressing.rest > 0) {
    ifLast(f, place.depthLast, () => {
      for (let i = 0; i < over; i++) step(at, i, 4);
      if (addressing.rest > 0) step(at, over, addressing.rest);
    });
  }
  for (const local of [left, right, cursor]) f.release(local);
}

/** Which step: its place in the unrolled loop, whether it starts the sums, and how many elements of vectors exist. */
interface Step {
  readonly index: number;
  readonly chains: number;
  readonly first: boolean;
  readonly terms: number;
}

/** One step for all registers of the tile. */
function emitStep(
  f: FunctionBuilder,
  { height, vectors }: TileShape,
  addressing: TileAddressing,
  { accumulators, columns, row, entry }: TileLocals,
  place: StepPlace,
  { index, chains, first, terms }: Step,
  relaxed: boolean,
): void {
  let [left, leftStep] = [place.left, index * addressing.leftStep];
  if (entry !== undefined && place.depthCursor !== undefined) {
    f.get(left);
    f.get(place.depthCursor);
    f.load('i32.load', (addressing.leftTable ?? 0) + 4 * index);
    f.op('i32.add');
    f.set(entry);
    [left, leftStep] = [entry, 0];
  }
  const loadColumn = (vector: number): void => {
    loadElements(f, place.right, index * addressing.rightStep + vector * addressing.rightVector, terms);
    f.set(columns[vector % columns.length]);
  };
  // A single row uses each column once: the columns then need no registers of their own.
  if (height > 1) for (let vector = 0; vector < vectors; vector++) loadColumn(vector);
  for (let r = 0; r < height; r++) {
    const at = r * addressing.leftRow + leftStep;
    if (addressing.leftLoad === 'vector') {
      loadElements(f, left, at, terms);
    } else {
      f.get(left);
      f.load('v128.load32_splat', at);
    }
    f.set(row);
    for (let vector = 0; vector < vectors; vector++) {
      if (height === 1) loadColumn(vector);
      const column = columns[vector % columns.length];
      const accumulator = accumulators[((index % chains) * height + r) * vectors + vector];
      if (first) multiply(f, row, column, accumulator);
      else multiplyAdd(f, row, column, accumulator, relaxed);
    }
  }
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
