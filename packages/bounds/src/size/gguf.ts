import { type BytesSource, sourceName } from '../base/bytes.ts';
import { fileFailure } from '../base/check.ts';
import { openPrefix, type Prefix } from '../base/prefix.ts';
import { type GgufType, ggufTypes } from './gguf-types.ts';
import { type ModelSize, sizeOfTensors, type TensorSize } from './tensor-size.ts';

/** A value that a GGUF file says about its model; long lists are left out. */
export type GgufValue = number | bigint | string | boolean;

/** A tensor of a GGUF file: its size, how its blocks are laid out, and where it begins after the header. */
export interface GgufTensor extends TensorSize {
  readonly layout: GgufType;
  readonly offset: number;
}

/** What the header of a GGUF file says. */
export interface GgufHeader {
  readonly version: number;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: readonly GgufTensor[];
  /** Where the values begin, in bytes from the start of the file. */
  readonly dataStart: number;
}

const limits = { tensors: 1e6, pairs: 1e6, text: 2 ** 26, list: 2 ** 27, axes: 8 };

/** Bytes of the fixed value types by their number; 8 is a text and 9 a list. */
const valueBytes: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};

/** Reads the header from its beginning, asking for more bytes as it goes. */
class Cursor {
  at = 0;
  readonly #prefix: Prefix;
  readonly #source: string;
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));

  constructor(prefix: Prefix, source: string) {
    this.#prefix = prefix;
    this.#source = source;
  }

  wrong(message: string): Error {
    return fileFailure(this.#source, message);
  }

  async #need(count: number): Promise<void> {
    if (this.at + count <= this.#bytes.length) return;
    this.#bytes = await this.#prefix.atLeast(this.at + count);
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    if (this.at + count > this.#bytes.length)
      throw this.wrong(`the file ends at byte ${this.#bytes.length}, within its header; is it truncated?`);
  }

  async u32(): Promise<number> {
    await this.#need(4);
    this.at += 4;
    return this.#view.getUint32(this.at - 4, true);
  }

  /** A count in 64 bits, at most `most`. */
  async count(what: string, most: number): Promise<number> {
    await this.#need(8);
    const value = this.#view.getBigUint64(this.at, true);
    this.at += 8;
    if (value > BigInt(most)) throw this.wrong(`${what} is ${value}; expected at most ${most}; is the header damaged?`);
    return Number(value);
  }

  async text(what: string): Promise<string> {
    const length = await this.count(`the length of ${what}`, limits.text);
    await this.#need(length);
    this.at += length;
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(this.#bytes.subarray(this.at - length, this.at));
    } catch {
      throw this.wrong(`${what} is not UTF-8`);
    }
  }

  /** A value of a type; undefined for a list, which is skipped. */
  async value(type: number, key: string): Promise<GgufValue | undefined> {
    if (type === 8) return this.text(`"${key}"`);
    if (type === 9) {
      await this.#skipList(key, 0);
      return undefined;
    }
    const size = valueBytes[type];
    if (size === undefined) throw this.wrong(`"${key}" has the value type ${type}; expected 0 to 12`);
    await this.#need(size);
    const [view, at] = [this.#view, this.at];
    this.at += size;
    const readers: Readonly<Record<number, () => GgufValue>> = {
      0: () => view.getUint8(at),
      1: () => view.getInt8(at),
      2: () => view.getUint16(at, true),
      3: () => view.getInt16(at, true),
      4: () => view.getUint32(at, true),
      5: () => view.getInt32(at, true),
      6: () => view.getFloat32(at, true),
      7: () => view.getUint8(at) !== 0,
      10: () => view.getBigUint64(at, true),
      11: () => view.getBigInt64(at, true),
      12: () => view.getFloat64(at, true),
    };
    return readers[type]?.();
  }

  async #skipList(key: string, depth: number): Promise<void> {
    const type = await this.u32();
    const length = await this.count(`the length of "${key}"`, limits.list);
    if (type === 9) {
      if (depth > 3) throw this.wrong(`"${key}" holds lists within lists within lists`);
      for (let i = 0; i < length; i++) await this.#skipList(key, depth + 1);
      return;
    }
    if (type === 8) {
      for (let i = 0; i < length; i++) await this.#skipText(key);
      return;
    }
    const size = valueBytes[type];
    if (size === undefined) throw this.wrong(`"${key}" is a list of the value type ${type}; expected 0 to 12`);
    await this.#need(length * size);
    this.at += length * size;
  }

  /** Skips a text without awaiting where its bytes are there: vocabularies have a hundred thousand of them. */
  async #skipText(key: string): Promise<void> {
    if (this.at + 8 > this.#bytes.length) await this.#need(8);
    const low = this.#view.getUint32(this.at, true);
    const high = this.#view.getUint32(this.at + 4, true);
    if (high !== 0 || low > limits.text)
      throw this.wrong(`a text of "${key}" claims ${high * 2 ** 32 + low} bytes; is the header damaged?`);
    this.at += 8;
    if (this.at + low > this.#bytes.length) await this.#need(low);
    this.at += low;
  }
}

/**
 * Reads the header of a GGUF file, versions 2 and 3: what it says about the model, and every tensor's type, shape and place. The values of the tensors
 * stay unread.
 *
 * @throws {EinlabError} `file`, naming what is wrong
 */
export async function readGgufHeader(from: BytesSource): Promise<GgufHeader> {
  const source = sourceName(from);
  const prefix = await openPrefix(from);
  const cursor = new Cursor(prefix, source);
  try {
    const magic = await cursor.u32();
    if (magic !== 0x46554747) throw cursor.wrong(`the file begins with 0x${magic.toString(16)}; expected "GGUF"`);
    const version = await cursor.u32();
    if (version !== 2 && version !== 3) throw cursor.wrong(`the GGUF version is ${version}; expected 2 or 3`);
    const tensorCount = await cursor.count('the number of tensors', limits.tensors);
    const pairCount = await cursor.count('the number of metadata', limits.pairs);
    const metadata = new Map<string, GgufValue>();
    for (let i = 0; i < pairCount; i++) {
      const key = await cursor.text(`metadata key ${i}`);
      if (metadata.has(key)) throw cursor.wrong(`the metadata name "${key}" twice`);
      const value = await cursor.value(await cursor.u32(), key);
      if (value !== undefined) metadata.set(key, value);
    }
    const tensors: GgufTensor[] = [];
    const names = new Set<string>();
    for (let i = 0; i < tensorCount; i++) {
      const tensor = await readTensorInfo(cursor, i);
      if (names.has(tensor.name)) throw cursor.wrong(`two tensors are called "${tensor.name}"`);
      names.add(tensor.name);
      tensors.push(tensor);
    }
    const given = metadata.get('general.alignment') ?? 32;
    const alignment = Number(given);
    if (!Number.isInteger(alignment) || alignment < 1 || alignment > 2 ** 20)
      throw cursor.wrong(`general.alignment is ${String(given)}; expected a whole number ≥ 1`);
    const dataStart = Math.ceil(cursor.at / alignment) * alignment;
    for (const { name, offset, bytes } of tensors) {
      if (offset % alignment !== 0)
        throw cursor.wrong(`tensor "${name}" starts at ${offset}, which is no multiple of the alignment ${alignment}`);
      if (dataStart + offset + bytes > prefix.size)
        throw cursor.wrong(
          `tensor "${name}" ends at byte ${dataStart + offset + bytes}, but the file has ${prefix.size}; is it truncated?`,
        );
    }
    return { version, metadata, tensors, dataStart };
  } finally {
    await prefix.close();
  }
}

async function readTensorInfo(cursor: Cursor, index: number): Promise<GgufTensor> {
  const name = await cursor.text(`the name of tensor ${index}`);
  const axes = await cursor.u32();
  if (axes > limits.axes) throw cursor.wrong(`tensor "${name}" has ${axes} axes; expected at most ${limits.axes}`);
  const shape: number[] = [];
  for (let axis = 0; axis < axes; axis++) shape.push(await cursor.count(`axis ${axis} of tensor "${name}"`, 2 ** 40));
  const number = await cursor.u32();
  const type: GgufType | undefined = ggufTypes.get(number);
  if (type === undefined) throw cursor.wrong(`tensor "${name}" has the type ${number}, which is unknown here`);
  const offset = await cursor.count(`the place of tensor "${name}"`, Number.MAX_SAFE_INTEGER);
  const elements = shape.reduce((total, extent) => total * extent, 1);
  if (!Number.isSafeInteger(elements))
    throw cursor.wrong(`tensor "${name}" of shape [${shape.join(', ')}] is too large`);
  if ((shape[0] ?? 1) % type.elements !== 0)
    throw cursor.wrong(
      `tensor "${name}" has rows of ${shape[0] ?? 1} elements; ${type.name} needs a multiple of ${type.elements}`,
    );
  const bytes = (elements / type.elements) * type.bytes;
  return {
    name,
    type: type.name,
    shape,
    elements,
    bytes,
    bitsPerWeight: elements === 0 ? 0 : (8 * bytes) / elements,
    layout: type,
    offset,
  };
}

/** The size of a GGUF file from its header alone. @throws {EinlabError} `file` */
export async function ggufSize(from: BytesSource): Promise<ModelSize> {
  const { tensors } = await readGgufHeader(from);
  return sizeOfTensors(
    'gguf',
    tensors.map(({ offset: _, layout: __, ...tensor }) => tensor),
  );
}
