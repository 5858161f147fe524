import type { DType } from '../../../base/dtype.ts';
import type { Fold } from '../../../kernels/kernel.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { SimpleOpcode } from '../emit/opcodes.ts';

/** A fold of vectors under way, in several chains that take turns, so that none waits for the result before it. */
export interface FoldChains {
  /** The word that changes nothing, for lanes beyond the last column. */
  readonly neutral: number;
  start(): void;
  /** Takes the n-th vector of a turn into one of the chains. */
  step(n: number, value: Local): void;
  /** Adds what the chains hold to a total, so that long sums are sums of short ones; other folds have no use for it. */
  settle(): void;
  /** Combines chains and lanes, in a fixed order, so that every lane of the result holds the fold; releases the chains. */
  finish(result: Local): void;
}

export const F32_MINUS_INFINITY = 0xff800000;

/**
 * The chains of a fold of elements of a type.
 *
 * @param extremeChains - for the largest and the smallest f32 with the rules of NaN and zeros
 */
export function foldChains(
  f: FunctionBuilder,
  operation: Fold['operation'],
  type: DType,
  chains: number,
  extremeChains?: (f: FunctionBuilder, operation: 'maximum' | 'minimum', chains: number) => FoldChains,
): FoldChains {
  if (operation === 'sum') return sumChains(f, type === 'f32' ? 'f32x4.add' : 'i32x4.add', chains);
  if (type === 'f32') {
    if (operation === 'largest') return plainChains(f, 'f32x4.pmax', F32_MINUS_INFINITY, chains);
    if (extremeChains === undefined) throw new RangeError(`${operation}: its emitter was not loaded`);
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
    step(n, value) {
      const chain = n % chains;
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

/** Sets vectors to four equal words. */
export function startAt(f: FunctionBuilder, locals: readonly Local[], word: number): void {
  for (const local of locals) {
    f.i32x4(word);
    f.set(local);
  }
}

/** All chains into the first, by halves. */
export function combine(f: FunctionBuilder, partial: readonly Local[], opcode: SimpleOpcode): void {
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
export function finishLanes(f: FunctionBuilder, partial: readonly Local[], opcode: SimpleOpcode, result: Local): void {
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
