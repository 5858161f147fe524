import type { FunctionBuilder } from '../emit/function-builder.ts';
import type { SimpleOpcode } from '../emit/opcodes.ts';
import { combine, F32_MINUS_INFINITY, finishLanes, type FoldChains, startAt } from './fold-instructions.ts';

const F32_INFINITY = 0x7f800000;

/**
 * The largest or smallest f32, NaN if there is one, with −0 < 0. The instruction that has these rules is eight on x86;
 * here one that does not know them is used, and what it misses is noted beside it: lanes that saw a NaN, and the signs
 * that tell which zero it was.
 */
export function extremeChains(f: FunctionBuilder, operation: 'maximum' | 'minimum', chains: number): FoldChains {
  const [order, exact, neutral] =
    operation === 'maximum'
      ? (['f32x4.pmax', 'f32x4.max', F32_MINUS_INFINITY] as const)
      : (['f32x4.pmin', 'f32x4.min', F32_INFINITY] as const);
  // the largest zero is positive if any sign is clear, the smallest negative if any is set
  const gather: SimpleOpcode = operation === 'maximum' ? 'v128.and' : 'v128.or';
  const partial = Array.from({ length: chains }, () => f.local('v128'));
  const nan = f.local('v128');
  const signs = f.local('v128');
  return {
    neutral,
    start() {
      startAt(f, partial, neutral);
      startAt(f, [signs], neutral);
      startAt(f, [nan], 0);
    },
    step(n, value) {
      const chain = n % chains;
      f.get(partial[chain]);
      f.get(value);
      f.op(order);
      f.set(partial[chain]);
      f.get(nan);
      f.get(value);
      f.get(value);
      f.op('f32x4.ne');
      f.op('v128.or');
      f.set(nan);
      f.get(signs);
      f.get(value);
      f.op(gather);
      f.set(signs);
    },
    settle() {},
    finish(result) {
      combine(f, partial, order);
      const [best] = partial;
      // a zero takes the sign that was noted
      f.get(signs);
      f.i32x4(0x80000000);
      f.op('v128.and');
      f.get(best);
      f.get(best);
      f.i32x4(0);
      f.op('f32x4.eq');
      f.op('v128.bitselect');
      f.get(nan);
      f.op('v128.or');
      f.set(best);
      f.release(nan);
      f.release(signs);
      finishLanes(f, partial, exact, result);
    },
  };
}
