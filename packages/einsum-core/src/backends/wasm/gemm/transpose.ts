import type { FunctionBuilder, Local } from '../emit/function-builder.ts';

/** Turns four vectors, seen as the rows of a 4×4 matrix, into its columns, in place. */
export function transpose4(f: FunctionBuilder, rows: readonly [Local, Local, Local, Local]): void {
  const [a, b, c, d] = rows;
  const t = [f.local('v128'), f.local('v128'), f.local('v128'), f.local('v128')];
  const shuffle = (x: Local, y: Local, words: readonly [number, number, number, number], to: Local): void => {
    f.get(x);
    f.get(y);
    f.shuffle(...words);
    f.set(to);
  };
  shuffle(a, b, [0, 4, 1, 5], t[0]);
  shuffle(a, b, [2, 6, 3, 7], t[1]);
  shuffle(c, d, [0, 4, 1, 5], t[2]);
  shuffle(c, d, [2, 6, 3, 7], t[3]);
  shuffle(t[0], t[2], [0, 1, 4, 5], a);
  shuffle(t[0], t[2], [2, 3, 6, 7], b);
  shuffle(t[1], t[3], [0, 1, 4, 5], c);
  shuffle(t[1], t[3], [2, 3, 6, 7], d);
  for (const local of t) f.release(local);
}

/** Interleaves two vectors in place: a0 b0 a1 b1 and a2 b2 a3 b3. */
export function interleave2(f: FunctionBuilder, a: Local, b: Local): void {
  const low = f.local('v128');
  f.get(a);
  f.get(b);
  f.shuffle(0, 4, 1, 5);
  f.set(low);
  f.get(a);
  f.get(b);
  f.shuffle(2, 6, 3, 7);
  f.set(b);
  f.get(low);
  f.set(a);
  f.release(low);
}
