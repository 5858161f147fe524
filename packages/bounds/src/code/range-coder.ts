import { dataFailure, optionFailure } from '../base/check.ts';

/** The state stays in [2²³, 2³¹): bytes go out and in as it leaves. */
const lowest = 2 ** 23;

/** The largest number of bits that frequencies are scaled to. */
export const largestScale = 16;

/** Symbols as they are coded: small whole numbers. */
export type Symbols = Uint8Array | Uint16Array;

/** Refuses frequencies that are no table: whole numbers that sum to 2^scaleBits. */
function assertFrequencies(frequencies: ArrayLike<number>, scaleBits: number): void {
  if (!Number.isInteger(scaleBits) || scaleBits < 0 || scaleBits > largestScale)
    throw optionFailure('range coder', 'scaleBits', scaleBits, `a whole number from 0 to ${largestScale}`);
  let total = 0;
  for (let i = 0; i < frequencies.length; i++) {
    const frequency = frequencies[i];
    if (!Number.isInteger(frequency) || frequency < 0)
      throw dataFailure(`range coder: the frequency of symbol ${i} is ${frequency}; expected a whole number ≥ 0`);
    total += frequency;
  }
  if (total !== 2 ** scaleBits)
    throw dataFailure(`range coder: the frequencies sum to ${total}; expected 2^${scaleBits} = ${2 ** scaleBits}`);
}

function startsOf(frequencies: ArrayLike<number>): Uint32Array {
  const starts = new Uint32Array(frequencies.length);
  for (let i = 1; i < frequencies.length; i++) starts[i] = starts[i - 1] + frequencies[i - 1];
  return starts;
}

/**
 * Frequencies for coding: counts scaled to a sum of 2^scaleBits, at least 1 for every symbol that occurs. What rounding leaves over goes where it
 * shortens the code most, or is taken where it lengthens it least.
 *
 * @throws {EinlabError} `option` when there are more symbols than 2^scaleBits
 */
export function scaledFrequencies(counts: ArrayLike<number>, scaleBits: number): Uint32Array {
  const target = 2 ** scaleBits;
  let total = 0;
  let present = 0;
  for (let i = 0; i < counts.length; i++) {
    total += counts[i];
    if (counts[i] > 0) present += 1;
  }
  if (present > target)
    throw optionFailure('scaledFrequencies', 'scaleBits', scaleBits, `enough for ${present} symbols`);
  const scaled = new Uint32Array(counts.length);
  if (total === 0) {
    if (counts.length > 0) scaled[0] = target;
    return scaled;
  }
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    scaled[i] = counts[i] === 0 ? 0 : Math.max(1, Math.floor((counts[i] * target) / total));
    sum += scaled[i];
  }
  for (; sum !== target; sum += sum < target ? 1 : -1) {
    let best = -1;
    let bestGain = -Infinity;
    for (let i = 0; i < counts.length; i++) {
      if (counts[i] === 0 || (sum > target && scaled[i] === 1)) continue;
      const next = sum < target ? scaled[i] + 1 : scaled[i] - 1;
      const gain = counts[i] * Math.log(next / scaled[i]);
      if (gain > bestGain) [best, bestGain] = [i, gain];
    }
    scaled[best] += sum < target ? 1 : -1;
  }
  return scaled;
}

/** Σ count·log₂(2^scaleBits/frequency): the bits that a code with these frequencies needs, its end not counted. */
export function crossEntropyBits(counts: ArrayLike<number>, frequencies: ArrayLike<number>, scaleBits: number): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++)
    if (counts[i] > 0) total += counts[i] * (scaleBits - Math.log2(frequencies[i]));
  return total;
}

/**
 * Codes symbols by ranges of the size of their frequencies, with a state of 31 bits (asymmetric numerals: the last symbol goes in first, so that the
 * decoder finds the first).
 *
 *   length ≤ N·H_q + 32 bits, H_q the cross-entropy under the frequencies
 *
 * @param frequencies - whole numbers that sum to 2^scaleBits, above 0 for each symbol that occurs
 * @throws {EinlabError} `data`, naming a symbol without a frequency
 * @see Duda 2013, "Asymmetric numeral systems"; Martin 1979, "Range encoding"
 */
export function encodeSymbols(symbols: Symbols, frequencies: ArrayLike<number>, scaleBits: number): Uint8Array {
  assertFrequencies(frequencies, scaleBits);
  const starts = startsOf(frequencies);
  const table = Uint32Array.from(frequencies);
  const limits = table.map((frequency) => (lowest >>> scaleBits) * 256 * frequency - 1);
  // Two bytes at most leave for one symbol: 2^31/2^23 = 2^8 per byte, and a symbol has at most 16 bits.
  let out = new Uint8Array(Math.max(64, Math.ceil(symbols.length / 2)));
  let length = 0;
  let state = lowest;
  for (let i = symbols.length - 1; i >= 0; i--) {
    const symbol = symbols[i];
    const frequency = table[symbol];
    if (!(frequency > 0))
      throw dataFailure(`range coder: symbol ${symbol} at ${i} has no frequency`, { symbol, position: i });
    if (length + 8 > out.length) out = grown(out);
    const limit = limits[symbol];
    while (state > limit) {
      out[length++] = state & 255;
      state >>>= 8;
    }
    const quotient = (state / frequency) | 0;
    state = (quotient << scaleBits) + (state - quotient * frequency) + starts[symbol];
  }
  if (length + 4 > out.length) out = grown(out);
  for (let i = 0; i < 4; i++) {
    out[length++] = state & 255;
    state >>>= 8;
  }
  return out.slice(0, length).reverse();
}

function grown(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(2 * bytes.length);
  larger.set(bytes);
  return larger;
}

/**
 * The symbols of a code.
 *
 * @param count - how many there are
 * @throws {EinlabError} `data` for a code that ends too early, has bytes left over, or does not end where a code begins
 */
export function decodeSymbols(
  code: Uint8Array,
  count: number,
  frequencies: ArrayLike<number>,
  scaleBits: number,
): Symbols {
  assertFrequencies(frequencies, scaleBits);
  if (code.length < 4) throw dataFailure(`range coder: the code has ${code.length} bytes; expected at least 4`);
  const starts = startsOf(frequencies);
  const table = Uint32Array.from(frequencies);
  const slots = new Uint16Array(2 ** scaleBits);
  for (let symbol = 0; symbol < table.length; symbol++)
    slots.fill(symbol, starts[symbol], starts[symbol] + table[symbol]);
  const mask = 2 ** scaleBits - 1;
  const symbols = frequencies.length <= 256 ? new Uint8Array(count) : new Uint16Array(count);
  let state = code[0] * 2 ** 24 + ((code[1] << 16) | (code[2] << 8) | code[3]);
  let at = 4;
  if (state < lowest || state >= 2 ** 31)
    throw dataFailure('range coder: the code begins with a state that no code has; is it damaged?');
  for (let i = 0; i < count; i++) {
    const slot = state & mask;
    const symbol = slots[slot];
    symbols[i] = symbol;
    state = table[symbol] * (state >>> scaleBits) + slot - starts[symbol];
    while (state < lowest) {
      if (at >= code.length) throw dataFailure(`range coder: the code ends after symbol ${i} of ${count}; is it cut?`);
      state = (state << 8) | code[at++];
    }
  }
  if (at !== code.length || state !== lowest)
    throw dataFailure(
      `range coder: ${code.length - at} bytes are left over after ${count} symbols; is the code damaged?`,
    );
  return symbols;
}

/** How often each symbol occurs. */
export function countSymbols(symbols: Symbols, levels: number): Uint32Array {
  const counts = new Uint32Array(levels);
  for (let i = 0; i < symbols.length; i++) counts[symbols[i]] += 1;
  return counts;
}

/** N·H, the empirical entropy of all symbols together in bits. */
export function entropyBits(counts: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i];
  let bits = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i] > 0) bits += counts[i] * Math.log2(total / counts[i]);
  return bits;
}
