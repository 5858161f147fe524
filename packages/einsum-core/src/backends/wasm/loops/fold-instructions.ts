import type { DType } from '../../../base/dtype.ts';
import type { Fold } from '../../../kernels/kernel.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { SimpleOpcode } from '../emit/opcodes.ts';

/** A fold of vectors under way, in several chains that take turns, so that none waits for the result before it. */
export interface FoldChains {
  /** The word that changes nothing, for lanes beyond the last column. */
  readonly neutral: number;
  start(): void;
  /** Takes one more vector into a chain. */
  step(chain: number, value: Local): void;
  /** Adds what the chains hold to a total, so that long sums are sums of short ones; other folds have no use for it. */
  settle(): void;
  /** Combines chains and lanes, in a fixed order, so that every lane of the result holds the fold; releases the chains. */
  finish(result: Local): void;
}

const F32_INFINITY = 0x7f800000;
const F32_MINUS_INFINITY = 0xff800000;

/** The chains of a fold of elements of a type. */
export function foldChains(f: FunctionBuilder, operation: Fold['operation'], type: DType, chains: number): FoldChains {
  if (operation === 'sum') return sumChains(f, type === 'f32' ? 'f32x4.add' : 'i32x4.add', chains);
  if (type === 'f32') {
    if (operation === 'largest') return plainChains(f, 'f32x4.pmax', F32_MINUS_INFINITY, chains);
    return extremeChains(f, operation, chains);
  }
  return operation !== 'minimum'
    ? plainChains(f, 'i32x4.max_s', 0x80000000, chains)
    : plainChains(f, 'i32x4.min_s', 0x7fffffff, chains);
}

/** A sum: chains, and a total of those that were settled. */
function sumChains(f: FunctionBuilder, opcode: SimpleOpcode, chains: number): FoldChains {
  const plain = plainChains(f, opcode, 0, chains);
  const total = f.local('v128');
  const collect = (): void => {
    combine(f, plain.partial, opcode);
    f.get(total);
    f.get(plain.partial[0]);
    f.op(opcode);
  };
  return {
    ...plain,
    start() {
      plain.start();
      startAt(f, [total], 0);
    },
    settle() {
      collect();
      f.set(total);
      plain.start();
    },
    finish(result) {
      collect();
      f.set(plain.partial[0]);
      f.release(total);
      finishLanes(f, plain.partial, opcode, result);
    },
  };
}

/** A fold by one instruction. */
function plainChains(
  f: FunctionBuilder,
  opcode: SimpleOpcode,
  neutral: number,
  chains: number,
): FoldChains & { readonly partial: readonly Local[] } {
  const partial = Array.from({ length: chains }, () => f.local('v128'));
  return {
    partial,
    neutral,
    start: () => startAt(f, partial, neutral),
    step(chain, value) {
      f.get(partial[chain]);
      f.get(value);
      f.op(opcode);
      f.set(partial[chain]);
    },
    settle() {},
    finish(result) {
      combine(f, partial, opcode);
      finishLanes(f, partial, opcode, result);
    },
  };
}

/**
 * The largest or smallest f32, NaN if there is one, with −0 < 0. The instruction that has these rules is eight on x86;
 * here one that does not know them is used, and what it misses is noted beside it: lanes that saw a NaN, and the signs
 * that tell which zero it was.
 */
function extremeChains(f: FunctionBuilder, operation: 'maximum' | 'minimum', chains: number): FoldChains {
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
    step(chain, value) {
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

function startAt(f: FunctionBuilder, locals: readonly Local[], word: number): void {
  for (const local of locals) {
    f.i32x4(word);
    f.set(local);
  }
}

/** All chains into the first, by halves. */
function combine(f: FunctionBuilder, partial: readonly Local[], opcode: SimpleOpcode): void {
  for (let half = partial.length >> 1; half > 0; half >>= 1) {
    for (let chain = 0; chain < half; chain++) {
      f.get(partial[chain]);
      f.get(partial[chain + half]);
      f.op(opcode);
      f.set(partial[chain]);
    }
  }
}

/** The lanes of the first chain into every lane of the result: (0 + 2) + (1 + 3). */
function finishLanes(f: FunctionBuilder, partial: readonly Local[], opcode: SimpleOpcode, result: Local): void {
  const foldWith = (a: number, b: number, c: number, d: number): void => {
    f.get(partial[0]);
    f.get(partial[0]);
    f.get(partial[0]);
    f.shuffle(a, b, c, d);
    f.op(opcode);
    f.set(partial[0]);
  };
  foldWith(2, 3, 0, 1);
  foldWith(1, 0, 3, 2);
  f.get(partial[0]);
  f.set(result);
  for (const local of partial) f.release(local);
}
