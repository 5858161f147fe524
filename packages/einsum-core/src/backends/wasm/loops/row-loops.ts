import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { MemoryOpcode } from '../emit/opcodes.ts';

/** Bytes of an element, but for 16-bit types. */
export const BYTES = 4;

/** Bytes of a vector of four. */
export const VECTOR_BYTES = 16;

/** `for (cursor = start; cursor < end; cursor += step) body()`, bottom-tested; start < end, and step divides the rest. */
export function repeatFrom(
  f: FunctionBuilder,
  cursor: Local,
  { start, end, step }: { readonly start: number; readonly end: number; readonly step: number },
  body: () => void,
): void {
  f.i32(start);
  f.set(cursor);
  if (start + step >= end) return body();
  f.loop(() => {
    body();
    f.increment(cursor, step);
    f.get(cursor);
    f.i32(end);
    f.op('i32.lt_u');
    f.brIf(0);
  });
}

/** As `repeatFrom`, with `settle()` after every `length` bytes and at the end. */
export function repeatInBlocks(
  f: FunctionBuilder,
  cursor: Local,
  {
    start,
    end,
    step,
    length,
  }: { readonly start: number; readonly end: number; readonly step: number; readonly length: number },
  body: () => void,
  settle: () => void,
): void {
  const block = f.local('i32');
  const whole = Math.floor((end - start) / length) * length;
  f.i32(start);
  f.set(cursor);
  repeatFrom(f, block, { start, end: start + whole, step: length }, () => {
    f.loop(() => {
      body();
      f.increment(cursor, step);
      f.get(cursor);
      f.get(block);
      f.i32(length);
      f.op('i32.add');
      f.op('i32.lt_u');
      f.brIf(0);
    });
    settle();
  });
  f.release(block);
  if (start + whole === end) return;
  repeatFrom(f, cursor, { start: start + whole, end, step }, body);
  settle();
}

/**
 * Runs `vector` at each whole vector of a row of `elements`, then `lane` at each element left over, with the byte offset in
 * `cursor`.
 */
export function overRow(
  f: FunctionBuilder,
  cursor: Local,
  elements: number,
  vector: () => void,
  lane: () => void,
  elementBytes: number = BYTES,
): void {
  const vectors = Math.floor((elements * elementBytes) / VECTOR_BYTES);
  if (vectors > 0) f.repeat(cursor, vectors * VECTOR_BYTES, VECTOR_BYTES, vector);
  for (let at = vectors * VECTOR_BYTES; at < elements * elementBytes; at += elementBytes) {
    f.i32(at);
    f.set(cursor);
    lane();
  }
}

/** pointer + cursor, left on the stack. */
export function pushAt(f: FunctionBuilder, pointer: Local, cursor: Local): void {
  f.get(pointer);
  f.get(cursor);
  f.op('i32.add');
}

/** How an element of so many bytes is loaded and stored. */
export const scalarMemory = (elementBytes: number): readonly [load: MemoryOpcode, store: MemoryOpcode] =>
  elementBytes === 2 ? ['i32.load16_u', 'i32.store16'] : ['i32.load', 'i32.store'];
