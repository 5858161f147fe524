import type { DType } from '../../../base/dtype.ts';
import type { SortKernel } from '../../../kernels/kernel.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { ModuleBuilder } from '../emit/module-builder.ts';
import { BYTES } from './row-loops.ts';

/** A key (a u32 whose order is that of the elements) and the element's place. */
const PAIR_BYTES = 2 * BYTES;

/** A sort as a function of (x, out, scratch): merges of runs of 1, 2, 4, …, between two halves of the scratch. */
export function emitArgSort(
  module: ModuleBuilder,
  kernel: SortKernel,
): { readonly functionIndex: number; readonly scratchBytes: number } {
  const { outer, count, inner } = kernel;
  const merge = addMerge(module);
  const half = count * PAIR_BYTES;
  const functionIndex = module.addFunction(['i32', 'i32', 'i32'], (f) => {
    const [x, out, scratch] = f.parameters;
    const [o, j, at, base] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
    const [source, target, swap] = [f.local('i32'), f.local('i32'), f.local('i32')];
    const [i, pair] = [f.local('i32'), f.local('i32')];
    f.repeat(o, outer, 1, () => {
      f.repeat(j, inner, 1, () => {
        f.get(o);
        f.i32(count * inner);
        f.op('i32.mul');
        f.get(j);
        f.op('i32.add');
        f.i32(BYTES);
        f.op('i32.mul');
        f.set(base);

        f.get(scratch);
        f.tee(source);
        f.tee(pair);
        f.i32(half);
        f.op('i32.add');
        f.set(target);
        add(f, x, base, at);
        f.repeat(i, count, 1, () => {
          f.get(pair);
          pushKey(f, kernel, at);
          f.store('i32.store');
          f.get(pair);
          f.get(i);
          f.store('i32.store', BYTES);
          f.increment(pair, PAIR_BYTES);
          f.increment(at, inner * BYTES);
        });

        for (let run = 1; run < count; run *= 2) {
          f.get(source);
          f.get(target);
          f.i32(run * PAIR_BYTES);
          f.i32(half);
          f.call(merge);
          f.get(source);
          f.set(swap);
          f.get(target);
          f.set(source);
          f.get(swap);
          f.set(target);
        }

        add(f, out, base, at);
        f.repeat(i, count, 1, () => {
          f.get(at);
          f.get(source);
          f.load('i32.load', BYTES);
          f.store('i32.store');
          f.increment(source, PAIR_BYTES);
          f.increment(at, inner * BYTES);
        });
      });
    });
  });
  // a merge looks at the key behind the last pair, and takes it never
  return { functionIndex, scratchBytes: 2 * half + PAIR_BYTES };
}

function add(f: FunctionBuilder, a: Local, b: Local, to: Local): void {
  f.get(a);
  f.get(b);
  f.op('i32.add');
  f.set(to);
}

/** The flip that makes bits of an integer type compare as unsigned numbers. */
const signFlip = (dtype: DType): number => (dtype === 'i32' ? 0x80000000 | 0 : 0);

/**
 * The element at an address as a key, left on the stack. Positive floats compare as their bits do and negative ones the
 * other way round, so the sign bit is flipped for the former and all bits for the latter; −0 becomes 0 first, and NaN the
 * largest key in either direction.
 */
function pushKey(f: FunctionBuilder, { dtype, descending }: SortKernel, at: Local): void {
  const bits = f.local('i32');
  const magnitude = f.local('i32');
  f.get(at);
  f.load('i32.load');
  if (dtype !== 'f32') {
    f.i32(signFlip(dtype) ^ (descending ? -1 : 0));
    f.op('i32.xor');
  } else {
    f.set(bits);
    f.get(bits);
    f.i32(0x7fffffff);
    f.op('i32.and');
    f.set(magnitude);
    // NaN, or …
    f.i32(-1);
    // … bits (0 for −0) with the sign or all of them flipped
    f.get(bits);
    f.i32(0);
    f.get(magnitude);
    f.op('select');
    f.tee(bits);
    f.get(bits);
    f.i32(31);
    f.op('i32.shr_s');
    f.i32(0x80000000 | 0);
    f.op('i32.or');
    f.op('i32.xor');
    if (descending) {
      f.i32(-1);
      f.op('i32.xor');
    }
    f.get(magnitude);
    f.i32(0x7f800000);
    f.op('i32.gt_u');
    f.op('select');
  }
  f.release(bits);
  f.release(magnitude);
}

/**
 * Adds a function of (source, target, runBytes, bytes) that merges neighbouring sorted runs of pairs. Which run gives
 * the next pair is arithmetic, not a branch, because no branch predictor could guess it.
 */
function addMerge(module: ModuleBuilder): number {
  return module.addFunction(['i32', 'i32', 'i32', 'i32'], (f) => {
    const [source, target, runBytes, bytes] = f.parameters;
    const [start, end, out] = [f.local('i32'), f.local('i32'), f.local('i32')];
    const [left, leftEnd, right, rightEnd] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
    const takesRight = f.local('i32');
    /** to = min(from + runBytes, end) */
    const runFrom = (from: Local, to: Local): void => {
      f.get(from);
      f.get(runBytes);
      f.op('i32.add');
      f.tee(to);
      f.get(end);
      f.get(to);
      f.get(end);
      f.op('i32.lt_u');
      f.op('select');
      f.set(to);
    };
    add(f, source, bytes, end);
    f.get(source);
    f.set(start);
    f.get(target);
    f.set(out);
    f.loop(() => {
      f.get(start);
      f.set(left);
      runFrom(left, leftEnd);
      f.get(leftEnd);
      f.set(right);
      runFrom(right, rightEnd);
      f.loop(() => {
        // right where it has pairs, and left has none or a larger key: on ties left, so that the sort is stable
        f.get(right);
        f.get(rightEnd);
        f.op('i32.lt_u');
        f.get(left);
        f.get(leftEnd);
        f.op('i32.ge_u');
        f.get(right);
        f.load('i32.load');
        f.get(left);
        f.load('i32.load');
        f.op('i32.lt_u');
        f.op('i32.or');
        f.op('i32.and');
        f.set(takesRight);
        f.get(out);
        f.get(right);
        f.get(left);
        f.get(takesRight);
        f.op('select');
        f.load('v128.load64_zero');
        f.laneMemory('v128.store64_lane', 0);
        for (const [pointer, flip] of [
          [right, 0],
          [left, 1],
        ]) {
          f.get(pointer);
          f.get(takesRight);
          f.i32(flip);
          f.op('i32.xor');
          f.i32(PAIR_BYTES);
          f.op('i32.mul');
          f.op('i32.add');
          f.set(pointer);
        }
        f.increment(out, PAIR_BYTES);
        // until both runs are used up
        f.get(left);
        f.get(leftEnd);
        f.op('i32.ne');
        f.get(right);
        f.get(rightEnd);
        f.op('i32.ne');
        f.op('i32.or');
        f.brIf(0);
      });
      f.get(rightEnd);
      f.tee(start);
      f.get(end);
      f.op('i32.lt_u');
      f.brIf(0);
    });
  });
}
