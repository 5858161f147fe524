import type { Lookup } from '../../../kernels/kernel.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';

/** Where an index is read, and what it leads to. */
export interface LookUp {
  /** An i32 local: the address of the index, `offset` bytes before it. */
  readonly index: Local;
  readonly offset?: number;
  /** An i32 local: where the slice of index 0 is. */
  readonly base: Local;
  /** An i32 local that becomes 0 where there is no such slice. */
  readonly isThere: Local;
}

/** Reads an index into a new local, as the address of its slice. Nothing is there when the slice is not. */
export function emitLookUp(
  f: FunctionBuilder,
  { size, stride }: Pick<Lookup, 'size' | 'stride'>,
  { index, offset = 0, base, isThere }: LookUp,
): Local {
  const place = f.local('i32');
  f.get(index);
  f.load('i32.load', offset);
  f.tee(place);
  f.i32(size);
  f.op('i32.lt_u'); // negative indices are large as unsigned numbers
  f.get(isThere);
  f.op('i32.and');
  f.set(isThere);
  f.get(place);
  f.i32(4 * stride);
  f.op('i32.mul');
  f.get(base);
  f.op('i32.add');
  f.set(place);
  return place;
}
