import { normalizeContraction } from '../../../kernels/contraction.ts';
import type { IndexedContraction } from '../../../kernels/kernel.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import { type ScheduleWishes, schedulesOf } from '../gemm/choose-schedule.ts';
import type { RowEnd } from '../gemm/row-end.ts';
import type { Schedule } from '../gemm/schedule.ts';
import { BYTES, VECTOR_BYTES } from './row-loops.ts';

/**
 * The slices of a step, each of which is a row of a contraction: how many, and elements from one to the next where they are stored.
 */
export interface Slices {
  readonly count: number;
  readonly stride: number;
}

/** The slices that each step of an indexed contraction makes, of so many elements. */
export const slicesOf = ({ steps }: IndexedContraction, stride: number): Slices => ({
  count: steps[0].out / stride,
  stride,
});

/** Where the parts of a table of rows begin, in bytes, behind the addresses: weights, and all bits where something is there to add to. */
export interface RowTable {
  readonly weights: number;
  readonly begun: number;
  readonly bytes: number;
}

/** The table for the rows of a step. */
export const tableOf = ({ count }: Pick<Slices, 'count'>): RowTable => ({
  weights: BYTES * count,
  begun: 2 * BYTES * count,
  bytes: 3 * BYTES * count,
});

/** Adds the rows of tiles, each times its weight, to slices elsewhere, or to 0 where nothing is there yet. */
export function addedRows(slices: Slices, relaxed: boolean): RowEnd {
  const table = tableOf(slices);
  return {
    fits: (schedule) => fits(schedule, slices),
    store(f, { height, vectors, lanes }, out, cursor, accumulators) {
      const [at, weight, begun] = [f.local('i32'), f.local('v128'), f.local('v128')];
      for (let row = 0; row < height; row++) {
        const entry = BYTES * row;
        f.get(cursor);
        f.load('i32.load', entry);
        f.get(out);
        f.op('i32.add');
        f.set(at);
        for (const [local, part] of [
          [weight, table.weights],
          [begun, table.begun],
        ]) {
          f.get(cursor);
          f.load('v128.load32_splat', part + entry);
          f.set(local);
        }
        for (let vector = 0; vector < vectors; vector++) {
          const sum = accumulators[row * vectors + vector];
          const before = (): void => {
            f.get(at);
            f.load('v128.load', VECTOR_BYTES * vector);
            f.get(begun);
            f.op('v128.and');
          };
          weigh(f, relaxed, sum, weight, before);
          f.set(sum);
          storeLanes(f, at, VECTOR_BYTES * vector, sum, Math.min(4, lanes - 4 * vector));
        }
      }
      for (const local of [at, weight, begun]) f.release(local);
    },
  };
}

/** weight · slice + before, left on the stack: in one rounding where the machine has that. */
export function weigh(f: FunctionBuilder, relaxed: boolean, slice: Local, weight: Local, before: () => void): void {
  f.get(slice);
  f.get(weight);
  if (!relaxed) f.op('f32x4.mul');
  before();
  f.op(relaxed ? 'f32x4.relaxed_madd' : 'f32x4.add');
}

/** Stores the first lanes of a vector. */
function storeLanes(f: FunctionBuilder, at: Local, offset: number, vector: Local, lanes: number): void {
  const push = (): void => {
    f.get(at);
    f.get(vector);
  };
  if (lanes === 4) {
    push();
    return f.store('v128.store', offset);
  }
  const pair = lanes >= 2 ? 2 : 0;
  if (pair > 0) {
    push();
    f.laneMemory('v128.store64_lane', 0, offset);
  }
  if (lanes > pair) {
    push();
    f.laneMemory('v128.store32_lane', pair, offset + BYTES * pair);
  }
}

/** Whether the rows of a schedule's tiles are the slices, each sum is known at once, and nothing counts on where the rows are. */
const fits = (
  { lanes, store, rows, outerRows, rowSegments, outerDepth, depthBlocks, leftPack, leftLanePack }: Schedule,
  { count, stride }: Slices,
): boolean =>
  lanes === 'columns' &&
  store === 'vectors' &&
  rows.tables === undefined &&
  rows.size === count &&
  rows.out === BYTES * stride &&
  outerRows.length + outerDepth.length === 0 &&
  rowSegments.blocking.blocks * depthBlocks.blocks === 1 &&
  leftPack === undefined &&
  leftLanePack === undefined;

/** Whether the fastest way to compute a step can end so. */
export function addsRows(kernel: IndexedContraction, slices: Slices, wishes: ScheduleWishes): boolean {
  const [best] = schedulesOf(normalizeContraction(kernel.contraction), wishes);
  return best !== undefined && fits(best, slices);
}
