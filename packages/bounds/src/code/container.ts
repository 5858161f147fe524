import { decode16, encode16 } from '@einlab/numerics';
import { dataFailure, fileFailure } from '../base/check.ts';
import { type Bits, bits } from '../base/units.ts';
import { BitReader, BitWriter } from './bits.ts';
import { crc32 } from './crc32.ts';
import {
  countSymbols,
  crossEntropyBits,
  decodeSymbols,
  encodeSymbols,
  largestScale,
  type Symbols,
  scaledFrequencies,
} from './range-coder.ts';

/** Quantized numbers that share a codebook: value i is levels[symbols[i]], times the scale of its block where there are scales. */
export interface CodedGroup {
  readonly symbols: Symbols;
  /** The codebook; in 16 bits, so each must be an f16. */
  readonly levels: Float32Array;
  /** One f16 for every `block` values. */
  readonly scales?: { readonly block: number; readonly values: Float32Array };
}

/** A quantized model as it is written. */
export interface Container {
  /** 16 hexadecimal digits of what the decoder has to know beforehand: architecture, seeds, vocabulary. */
  readonly config: string;
  readonly groups: readonly CodedGroup[];
}

const magic = [0x45, 0x42, 0x4e, 0x44];
const version = 1;
const headBytes = magic.length + 1 + 8;
const mostLevels = 4096;

/** The nearest number that has 16 bits. */
export const toHalf = (value: number): number => decode16('f16', encode16('f16', value));

/** The frequencies whose table and code together are shortest: coarse ones for few symbols. */
function bestFrequencies(counts: Uint32Array): { readonly scaleBits: number; readonly frequencies: Uint32Array } {
  const present = counts.reduce((total, count) => total + (count > 0 ? 1 : 0), 0);
  let best: { scaleBits: number; frequencies: Uint32Array } | undefined;
  let bestBits = Infinity;
  for (
    let scaleBits = Math.max(0, Math.ceil(Math.log2(Math.max(1, present))));
    scaleBits <= largestScale;
    scaleBits++
  ) {
    const frequencies = scaledFrequencies(counts, scaleBits);
    const tableBits = frequencies.reduce(
      (total, f, i) => (i + 1 < frequencies.length ? total + 2 * Math.floor(Math.log2(f + 1)) + 1 : total),
      0,
    );
    const total = tableBits + crossEntropyBits(counts, frequencies, scaleBits);
    if (total < bestBits) [best, bestBits] = [{ scaleBits, frequencies }, total];
  }
  if (best === undefined)
    throw dataFailure(`container: ${present} different symbols are too many; expected at most ${2 ** largestScale}`);
  return best;
}

/**
 * Writes a quantized model: magic, version, hash of the configuration, then for each group its number of values, codebook in f16, frequencies, scales and
 * code, numbers in Elias' γ code, and a checksum. The decoder stops by itself, so no container is the beginning of another, and 8 bits
 * for each byte are the length of the code, with no further logarithm to pay.
 *
 * @throws {EinlabError} `data` for levels that are no f16, or symbols without a level
 */
export function encodeContainer({ config, groups }: Container): Uint8Array {
  if (!/^[0-9a-f]{16}$/.test(config))
    throw dataFailure(
      `container: the configuration's hash is ${JSON.stringify(config)}; expected 16 hexadecimal digits`,
    );
  const writer = new BitWriter();
  const payloads: Uint8Array[] = [];
  writer.writeGamma(groups.length + 1);
  groups.forEach(({ symbols, levels, scales }, index) => {
    const half = (value: number, what: string): number => {
      const pattern = encode16('f16', value);
      if (!Number.isFinite(value) || decode16('f16', pattern) !== value)
        throw dataFailure(`container: ${what} of group ${index} is ${value}, which is no finite f16; round it first`);
      return pattern;
    };
    if (levels.length === 0 || levels.length > mostLevels)
      throw dataFailure(`container: group ${index} has ${levels.length} levels; expected 1 to ${mostLevels}`);
    writer.writeGamma(symbols.length + 1);
    writer.writeGamma(levels.length);
    for (const [i, level] of levels.entries()) writer.write(half(level, `level ${i}`), 16);
    if (scales === undefined) writer.write(0, 1);
    else {
      if (scales.values.length !== Math.ceil(symbols.length / scales.block))
        throw dataFailure(
          `container: group ${index} has ${scales.values.length} scales for ${symbols.length} values in blocks of ${scales.block}`,
        );
      writer.write(1, 1);
      writer.writeGamma(scales.block);
      for (const [i, scale] of scales.values.entries()) writer.write(half(scale, `scale ${i}`), 16);
    }
    if (symbols.length === 0) return;
    for (let i = 0; i < symbols.length; i++)
      if (symbols[i] >= levels.length)
        throw dataFailure(
          `container: symbol ${symbols[i]} at ${i} of group ${index} has no level; there are ${levels.length}`,
        );
    const { scaleBits, frequencies } = bestFrequencies(countSymbols(symbols, levels.length));
    writer.write(scaleBits, 5);
    // the last frequency is what the others leave
    for (let i = 0; i + 1 < frequencies.length; i++) writer.writeGamma(frequencies[i] + 1);
    const payload = encodeSymbols(symbols, frequencies, scaleBits);
    writer.writeGamma(payload.length);
    payloads.push(payload);
  });
  const head = writer.bytes();
  const size = headBytes + head.length + payloads.reduce((total, each) => total + each.length, 0) + 4;
  const out = new Uint8Array(size);
  out.set([...magic, version]);
  for (let i = 0; i < 8; i++) out[5 + i] = Number.parseInt(config.slice(2 * i, 2 * i + 2), 16);
  out.set(head, headBytes);
  let at = headBytes + head.length;
  for (const payload of payloads) {
    out.set(payload, at);
    at += payload.length;
  }
  new DataView(out.buffer).setUint32(at, crc32(out.subarray(0, at)), false);
  return out;
}

/** Does a file begin as a container does? */
export const isContainer = (bytes: Uint8Array): boolean => magic.every((byte, i) => bytes[i] === byte);

/** The length of a code in bits, as it lies in its bytes. */
export const containerBits = (bytes: Uint8Array): Bits => bits(8 * bytes.length);

/** Symbols of a group; a few bytes may stand for many equal ones, so a damaged head could ask for any amount of memory. */
const mostValues = 2 ** 28;

/**
 * Reads a container back, exactly.
 *
 * @throws {EinlabError} `file` for anything that is no whole, undamaged container
 */
export function decodeContainer(bytes: Uint8Array, source: string = 'container'): Container {
  const wrong = (message: string): Error => fileFailure(source, message);
  if (!isContainer(bytes)) throw wrong('the first bytes are not those of a container');
  if (bytes.length < headBytes + 5) throw wrong(`the container has ${bytes.length} bytes; is it truncated?`);
  if (bytes[4] !== version) throw wrong(`the version is ${bytes[4]}; expected ${version}`);
  const end = bytes.length - 4;
  const stored = new DataView(bytes.buffer, bytes.byteOffset).getUint32(end, false);
  const actual = crc32(bytes.subarray(0, end));
  if (stored !== actual)
    throw wrong(
      `the checksum is ${stored.toString(16)}, but the bytes have ${actual.toString(16)}; the container is truncated or damaged`,
    );
  const config = Array.from(bytes.subarray(5, headBytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const reader = new BitReader(bytes.subarray(headBytes, end), source);
  const count = reader.readGamma() - 1;
  const heads: {
    count: number;
    levels: Float32Array;
    scales: CodedGroup['scales'];
    scaleBits: number;
    frequencies: Uint32Array;
    payload: number;
  }[] = [];
  for (let index = 0; index < count; index++) heads.push(readGroup(reader, wrong, index));
  let at = headBytes + reader.alignedByte();
  const groups = heads.map(({ count: values, levels, scales, scaleBits, frequencies, payload }, index): CodedGroup => {
    if (at + payload > end) throw wrong(`the code of group ${index} has ${payload} bytes, but ${end - at} are left`);
    const code = bytes.subarray(at, at + payload);
    at += payload;
    const symbols = values === 0 ? new Uint8Array(0) : decodeSymbols(code, values, frequencies, scaleBits);
    return { symbols, levels, ...(scales === undefined ? {} : { scales }) };
  });
  if (at !== end) throw wrong(`${end - at} bytes follow the last group; expected none`);
  return { config, groups };
}

function readGroup(
  reader: BitReader,
  wrong: (message: string) => Error,
  index: number,
): {
  count: number;
  levels: Float32Array;
  scales: CodedGroup['scales'];
  scaleBits: number;
  frequencies: Uint32Array;
  payload: number;
} {
  const count = reader.readGamma() - 1;
  const levelCount = reader.readGamma();
  if (count > mostValues || levelCount > mostLevels)
    throw wrong(`group ${index} has ${count} values of ${levelCount} levels, which is too many`);
  const levels = Float32Array.from({ length: levelCount }, () => decode16('f16', reader.read(16)));
  let scales: CodedGroup['scales'];
  if (reader.read(1) === 1) {
    const block = reader.readGamma();
    const blocks = Math.ceil(count / block);
    const values: number[] = [];
    for (let i = 0; i < blocks; i++) values.push(decode16('f16', reader.read(16)));
    scales = { block, values: Float32Array.from(values) };
  }
  if (count === 0) return { count, levels, scales, scaleBits: 0, frequencies: new Uint32Array(0), payload: 0 };
  const scaleBits = reader.read(5);
  if (scaleBits > largestScale)
    throw wrong(`the frequencies of group ${index} are scaled to ${scaleBits} bits; expected at most ${largestScale}`);
  const frequencies = new Uint32Array(levelCount);
  let left = 2 ** scaleBits;
  for (let i = 0; i + 1 < levelCount; i++) {
    frequencies[i] = reader.readGamma() - 1;
    left -= frequencies[i];
  }
  if (left < 0) throw wrong(`the frequencies of group ${index} sum to more than 2^${scaleBits}`);
  frequencies[levelCount - 1] = left;
  return { count, levels, scales, scaleBits, frequencies, payload: reader.readGamma() };
}

/** The values of a group. */
export function groupValues({ symbols, levels, scales }: CodedGroup): Float32Array {
  const values = new Float32Array(symbols.length);
  for (let i = 0; i < values.length; i++) {
    const level = levels[symbols[i]];
    values[i] = scales === undefined ? level : level * scales.values[Math.floor(i / scales.block)];
  }
  return values;
}
