import { allocateHost, BYTES_PER_ELEMENT, type DType, type HostArray, isStorage } from '../../../base/dtype.ts';

/**
 * How element types lie in buffers. A buffer is declared as an array of 32-bit words, each of which is an element or holds
 * two of 16 bits, so that a buffer has one declaration whoever reads it, and moving elements keeps every bit.
 */
interface Storage {
  /** What an element is in an expression. */
  readonly type: 'f32' | 'i32' | 'u32' | 'bool';
  /** An expression for the element in a word. */
  readonly fromWord: (word: string) => string;
  /** An expression for the word that holds an element. */
  readonly toWord: (value: string) => string;
}

/** 16 bits in a word of their own, as they are an integer in expressions. */
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

/** Bytes of a buffer of so many elements, in whole words. */
export const byteLengthOf = (elements: number, dtype: DType): number =>
  4 * Math.ceil((BYTES_PER_ELEMENT[dtype] * elements) / 4);

/** The element at an address of a buffer of words, as an expression of its type. */
export function elementAt(buffer: string, address: string, dtype: DType, use: (helper: string) => void): string {
  const { fromWord } = storageOf(dtype);
  if (!isStorage(dtype)) return fromWord(`${buffer}[${address}]`);
  use('half_at');
  return fromWord(`half_at(${buffer}[(${address}) / 2u], ${address})`);
}

/** The statement that stores an element: 16 bits in an array of these, see `Bindings.halves`. */
export function storeElement(
  [buffer, address]: readonly [buffer: string, address: string],
  value: string,
  dtype: DType,
  use: (helper: string) => void,
): string {
  const word = storageOf(dtype).toWord(value);
  if (!isStorage(dtype)) return `${buffer}[${address}] = ${word};`;
  use('half_of');
  return `${buffer}[${address}] = half_of(${word});`;
}

/** The words to upload for elements of a type. */
export function hostWords(values: HostArray, dtype: DType): Uint8Array<ArrayBuffer> {
  const words = allocateHost(dtype, isStorage(dtype) ? 2 * Math.ceil(values.length / 2) : values.length);
  words.set(values);
  return new Uint8Array(words.buffer as ArrayBuffer);
}

/** The elements in words that were read back. */
export function hostValues(words: ArrayBuffer, elements: number, dtype: DType): HostArray {
  const values = allocateHost(dtype, elements);
  new Uint8Array(values.buffer).set(new Uint8Array(words, 0, values.byteLength));
  return values;
}
