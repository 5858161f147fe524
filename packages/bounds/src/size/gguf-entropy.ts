import { type BytesSource, chunksOf, sourceName } from '../base/bytes.ts';
import { fileFailure } from '../base/check.ts';
import { readGgufHeader } from './gguf.ts';
import type { GgufType } from './gguf-types.ts';
import { type ModelSize, sizeOfTensors } from './tensor-size.ts';

/** Counts how often each symbol of one width occurs. */
interface SymbolCounter {
  /** Symbols of `bytes` from `start` up to `end`, the lower bits of a byte first. */
  readonly take: (bytes: Uint8Array, start: number, end: number) => void;
  /** N·H of what was taken, in bits. */
  readonly bits: () => number;
}

function entropyOf(counts: Iterable<number>): number {
  let total = 0;
  let logs = 0;
  for (const count of counts) {
    total += count;
    if (count > 0) logs += count * Math.log2(count);
  }
  return total === 0 ? 0 : Math.max(0, total * Math.log2(total) - logs);
}

/** Symbols of at most 16 bits: a table has room for every one. */
function tableCounter(width: number): SymbolCounter {
  const counts = new Float64Array(2 ** width);
  const count = (symbol: number): void => {
    counts[symbol] = (counts[symbol] ?? 0) + 1;
  };
  return {
    take: (bytes, start, end) => {
      if (width === 16) {
        for (let at = start; at < end; at += 2) count((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8));
        return;
      }
      for (let at = start; at < end; at++) {
        const byte = bytes[at] ?? 0;
        for (let shift = 0; shift < 8; shift += width) count((byte >> shift) & (2 ** width - 1));
      }
    },
    bits: () => entropyOf(counts),
  };
}

/** Symbols of 32 or 64 bits: only those that occur are kept. */
function sparseCounter(width: number): SymbolCounter {
  const counts = new Map<number | bigint, number>();
  return {
    take: (bytes, start, end) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let at = start; at < end; at += width / 8) {
        const symbol = width === 32 ? view.getUint32(at, true) : view.getBigUint64(at, true);
        counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
      }
    },
    bits: () => entropyOf(counts.values()),
  };
}

/** Counts the symbols of a tensor's blocks, each field of a block with an alphabet of its own. */
function blockCounter({ bytes: blockBytes, fields }: GgufType): SymbolCounter {
  const counters = fields.map(({ width }) => (width <= 16 ? tableCounter(width) : sparseCounter(width)));
  return {
    take: (bytes, start, end) => {
      for (let block = start; block < end; block += blockBytes) {
        let at = block;
        fields.forEach(({ bytes: length }, i) => {
          counters[i]?.take(bytes, at, at + length);
          at += length;
        });
      }
    },
    bits: () => counters.reduce((total, counter) => total + counter.bits(), 0),
  };
}

/** A stretch of a file in whole blocks. */
interface Stretch {
  readonly start: number;
  readonly bytes: number;
  readonly block: number;
}

/** The bytes of stretches that follow one another, in pieces of whole blocks, with the number of the stretch. */
async function* piecesOf(
  from: BytesSource,
  stretches: readonly Stretch[],
): AsyncGenerator<readonly [stretch: number, bytes: Uint8Array], void, undefined> {
  let rest: Uint8Array = new Uint8Array(0);
  let base = 0;
  let number = 0;
  for await (const chunk of chunksOf(from)) {
    const bytes = rest.length === 0 ? chunk : joined(rest, chunk);
    let used = 0;
    for (let stretch = stretches[number]; stretch !== undefined; stretch = stretches[number]) {
      const first = Math.max(stretch.start - base, used);
      const end = Math.min(stretch.start + stretch.bytes - base, bytes.length);
      const whole = Math.max(0, Math.floor((end - first) / stretch.block)) * stretch.block;
      if (whole > 0) yield [number, bytes.subarray(first, first + whole)];
      used = Math.min(bytes.length, first + whole);
      if (base + used < stretch.start + stretch.bytes) break;
      number++;
    }
    if (stretches[number] === undefined) return;
    rest = bytes.slice(used);
    base += used;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

/**
 * The size of a GGUF file with the order-0 entropy of each tensor as it is stored: scales, codes and further bits of a block each have an alphabet of their own,
 * so this is the length that an ideal coder with one table for each field of each tensor reaches. The file is read once from start to end, in pieces.
 *
 * @throws {EinlabError} `file`
 */
export async function ggufEntropy(from: BytesSource): Promise<ModelSize> {
  const { tensors, dataStart } = await readGgufHeader(from);
  const order = tensors
    .map((tensor, place) => ({ place, start: dataStart + tensor.offset, bytes: tensor.bytes, layout: tensor.layout }))
    .toSorted((a, b) => a.start - b.start);
  order.slice(1).forEach(({ place, start }, i) => {
    const before = order[i];
    if (before !== undefined && start < before.start + before.bytes)
      throw fileFailure(
        sourceName(from),
        `the tensors "${tensors[before.place]?.name}" and "${tensors[place]?.name}" overlap; is the header damaged?`,
      );
  });
  const bits = new Float64Array(tensors.length);
  let counted = -1;
  let counter: SymbolCounter | undefined;
  const finish = (): void => {
    const place = order[counted]?.place;
    if (place !== undefined && counter !== undefined) bits[place] = counter.bits();
  };
  const stretches = order.map(({ start, bytes, layout }) => ({ start, bytes, block: layout.bytes }));
  for await (const [number, bytes] of piecesOf(from, stretches)) {
    if (number !== counted) {
      finish();
      counted = number;
      const layout = order[number]?.layout;
      counter = layout === undefined ? undefined : blockCounter(layout);
    }
    counter?.take(bytes, 0, bytes.length);
  }
  finish();
  return sizeOfTensors(
    'gguf',
    tensors.map(({ offset: _, layout: __, ...tensor }, place) => ({ ...tensor, entropyBits: bits[place] ?? 0 })),
  );
}
