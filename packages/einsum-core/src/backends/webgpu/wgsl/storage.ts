import { allocateHost, type DType, type HostArray, isStorage } from '../../../base/dtype.ts';

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

/** 16 bits lie in a word of their own, which no other invocation writes, and are an integer in expressions. */
const SIXTEEN_BITS: Storage = {
  type: 'i32',
  fromWord: (word) => `bitcast<i32>(${word})`,
  toWord: (value) => `bitcast<u32>(${value})`,
};

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
  f16: SIXTEEN_BITS,
  bf16: SIXTEEN_BITS,
};

/** The storage of an element type. */
export const storageOf = (dtype: DType): Storage => STORAGE[dtype];

/** Bytes of a buffer of so many elements. */
export const byteLengthOf = (elements: number): number => 4 * elements;

/** The words to upload for elements of a type. */
export function hostWords(values: HostArray, dtype: DType): Uint8Array<ArrayBuffer> {
  const words = isStorage(dtype) ? new Uint32Array(values.length) : allocateHost(dtype, values.length);
  words.set(values);
  return new Uint8Array(words.buffer as ArrayBuffer);
}

/** The elements in words that were read back. */
export function hostValues(words: ArrayBuffer, elements: number, dtype: DType): HostArray {
  if (isStorage(dtype)) return Uint16Array.from(new Uint32Array(words, 0, elements));
  const values = allocateHost(dtype, elements);
  new Uint8Array(values.buffer).set(new Uint8Array(words, 0, values.byteLength));
  return values;
}
