import type { DType, TypedArray } from '../../../base/dtype.ts';
import { allocateHost } from '../../../base/dtype.ts';

/**
 * How element types lie in buffers. Every buffer is declared as an array of 32-bit words and each element is one of
 * them, so that a buffer has one declaration whoever uses it, and moving elements keeps every bit.
 */
interface Storage {
  /** What an element is in an expression. */
  readonly type: 'f32' | 'i32' | 'u32' | 'bool';
  /** An expression for the element in a word. */
  readonly fromWord: (word: string) => string;
  /** An expression for the word that holds an element. */
  readonly toWord: (value: string) => string;
}

const STORAGE: Readonly<Record<DType, Storage>> = {
  f32: {
    type: 'f32',
    fromWord: (word) => `bitcast<f32>(${word})`,
    toWord: (value) => `bitcast<u32>(${value})`,
  },
  i32: {
    type: 'i32',
    fromWord: (word) => `bitcast<i32>(${word})`,
    toWord: (value) => `bitcast<u32>(${value})`,
  },
  u32: { type: 'u32', fromWord: (word) => word, toWord: (value) => value },
  bool: { type: 'bool', fromWord: (word) => `(${word} != 0u)`, toWord: (value) => `select(0u, 1u, ${value})` },
};

/** The storage of an element type. */
export const storageOf = (dtype: DType): Storage => STORAGE[dtype];

/** Bytes of a buffer of so many elements. */
export const byteLengthOf = (elements: number): number => 4 * elements;

/** The bytes to upload for values of an element type. */
export function hostBytes(values: TypedArray, dtype: DType): Uint8Array<ArrayBuffer> {
  const host = allocateHost(dtype, values.length);
  host.set(values);
  return new Uint8Array(host.buffer as ArrayBuffer);
}

/** The elements in bytes that were read back; takes the bytes over. */
export function hostValues(bytes: ArrayBuffer, elements: number, dtype: DType): TypedArray {
  const values = allocateHost(dtype, elements);
  new Uint8Array(values.buffer).set(new Uint8Array(bytes, 0, values.byteLength));
  return values;
}
