import { assertCount, dataFailure } from '../base/check.ts';
import { type CodedGroup, toHalf } from '../code/container.ts';
import { countSymbols, entropyBits } from '../code/range-coder.ts';

/** Values quantized in blocks, each with a scale of its own. */
export interface BlockQuantized {
  readonly group: CodedGroup;
  /** N·b + 16 for each scale: what a format without entropy coding takes. */
  readonly nominalBits: number;
  /** N·H + 16 for each scale. */
  readonly entropyBits: number;
}

/**
 * Quantization after training: blocks of values are divided by their largest magnitude (an f16) and rounded to 2^b − 1 levels evenly spaced
 * over [−1, 1], so that 0 stays 0.
 *
 * @param options - `bits` b from 2 to 8, `block` values per scale (64 by default)
 * @throws {EinlabError} `option`, or `data` for values that are not finite or overflow f16
 */
export function quantizeBlocks(
  values: ArrayLike<number>,
  options: { readonly bits: number; readonly block?: number },
): BlockQuantized {
  const { bits, block = 64 } = options;
  assertCount('quantizeBlocks', 'bits', bits, 2);
  assertCount('quantizeBlocks', 'block', block);
  const steps = 2 ** Math.min(bits, 8) - 2;
  const half = steps / 2;
  const levels = Float32Array.from({ length: steps + 1 }, (_, i) => toHalf((i - half) / half));
  const scales = new Float32Array(Math.ceil(values.length / block));
  const symbols = new Uint8Array(values.length);
  for (let b = 0; b < scales.length; b++) {
    const stop = Math.min(values.length, (b + 1) * block);
    let largest = 0;
    for (let i = b * block; i < stop; i++) {
      if (!Number.isFinite(values[i]))
        throw dataFailure(`quantizeBlocks: value ${i} is ${values[i]}; expected finite numbers`);
      largest = Math.max(largest, Math.abs(values[i]));
    }
    const scale = toHalf(largest);
    if (!Number.isFinite(scale))
      throw dataFailure(`quantizeBlocks: the values of block ${b} reach ${largest}, which overflows f16`);
    scales[b] = scale;
    for (let i = b * block; i < stop; i++) {
      const unit = scale === 0 ? 0 : values[i] / scale;
      symbols[i] = Math.min(steps, Math.max(0, Math.round(unit * half) + half));
    }
  }
  const overhead = 16 * scales.length;
  return {
    group: { symbols, levels, scales: { block, values: scales } },
    nominalBits: values.length * bits + overhead,
    entropyBits: entropyBits(countSymbols(symbols, levels.length)) + overhead,
  };
}
