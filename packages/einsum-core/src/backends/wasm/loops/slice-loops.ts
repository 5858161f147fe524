import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import { advance, copy, times } from '../gemm/flow.ts';
import { BYTES, pushAt, repeatFrom, VECTOR_BYTES } from './row-loops.ts';

/** Vectors written out in the loop along slices: a line of a cache. */
const VECTORS = 4;

/** Where a piece of some slices is: an address in each, and how far behind it the piece is. */
export interface SlicePiece {
  readonly at: readonly Local[];
  readonly offset: number;
  /** How it is loaded, a vector or an element, and which of both it is. */
  readonly load: 'v128.load' | 'v128.load32_zero';
}

/**
 * Walks along slices of `length` elements together, a line at a time, then by vectors, then by elements.
 *
 * @param slices - their addresses
 */
export function alongSlices(
  f: FunctionBuilder,
  length: number,
  slices: readonly Local[],
  body: (piece: SlicePiece) => void,
): void {
  const cursor = f.local('i32');
  const at = slices.map(() => f.local('i32'));
  const addresses = (): void =>
    slices.forEach((slice, i) => {
      pushAt(f, slice, cursor);
      f.set(at[i]);
    });
  const turn = VECTORS * VECTOR_BYTES;
  const turns = Math.floor((BYTES * length) / turn) * turn;
  const vectors = Math.floor((BYTES * length) / VECTOR_BYTES) * VECTOR_BYTES;
  if (turns > 0)
    repeatFrom(f, cursor, { start: 0, end: turns, step: turn }, () => {
      addresses();
      for (let offset = 0; offset < turn; offset += VECTOR_BYTES) body({ at, offset, load: 'v128.load' });
    });
  if (turns < BYTES * length) {
    f.i32(turns);
    f.set(cursor);
    addresses();
    for (let offset = turns; offset < vectors; offset += VECTOR_BYTES)
      body({ at, offset: offset - turns, load: 'v128.load' });
    for (let offset = vectors; offset < BYTES * length; offset += BYTES)
      body({ at, offset: offset - turns, load: 'v128.load32_zero' });
  }
  for (const local of [cursor, ...at]) f.release(local);
}

/** Stores a piece to one of the slices. */
export function storePiece(f: FunctionBuilder, { offset, load }: SlicePiece, address: Local, value: Local): void {
  f.get(address);
  f.get(value);
  if (load === 'v128.load') f.store('v128.store', offset);
  else f.laneMemory('v128.store32_lane', 0, offset);
}

/** NaN for each element of a slice. */
export function fillWithNaN(f: FunctionBuilder, length: number, out: Local): void {
  const to = f.local('i32');
  copy(f, out, to);
  times(f, { constant: length }, () => {
    f.get(to);
    f.f32(Number.NaN);
    f.store('f32.store');
    advance(f, to, BYTES);
  });
  f.release(to);
}
