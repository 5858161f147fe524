import { EinlabError } from '@einlab/einsum-core';
import { countBelow, uniformBins } from './uniform-bins.ts';

/** Settings of a tokenizer, as a checkpoint's `chronos_config` has them. */
export interface TokenizerOptions {
  /** Ids in all; the model's vocabulary. */
  readonly tokenCount: number;
  /** Ids below this are no bins; default 2. */
  readonly specialCount?: number;
  /** Center of the first bin in units of the scale; default −15. */
  readonly low?: number;
  /** Center of the last bin in units of the scale; default 15. */
  readonly high?: number;
  /** Id of missing values; default 0. */
  readonly pad?: number;
  /** Id that ends a sequence; default 1. */
  readonly end?: number;
  /** Sequences end with `end`; default true. */
  readonly useEnd?: boolean;
  /** Values of a series that are read, the last ones. */
  readonly contextLength: number;
  /** Steps of a label. */
  readonly predictionLength: number;
  /** `causal` models read no end after the context; default `seq2seq`. */
  readonly modelType?: 'seq2seq' | 'causal';
}

/** A series in ids. */
export interface Tokens {
  /** `i32[time]` */
  readonly ids: Int32Array;
  /** 1 where the id stands for a value or an end, 0 where the value is missing: `u8[time]`. */
  readonly mask: Uint8Array;
}

/** The ids of a context and the scale that they are in units of. */
export interface ContextTokens extends Tokens {
  /** Mean absolute value of what was observed; 1 where that is not above 0. */
  readonly scale: number;
}

/** Series to ids and back. */
export interface Tokenizer {
  readonly options: Required<TokenizerOptions>;
  /** Centers of the bins in units of the scale, `f32[bin]`. */
  readonly centers: Float32Array;
  /** Edges of the bins, `f32[bin + 1]`. */
  readonly boundaries: Float32Array;
  /** Ids of the last `contextLength` values. NaN is missing. */
  encodeContext(values: ArrayLike<number>): ContextTokens;
  /**
   * Ids of what follows a context, in its scale.
   * @throws {EinlabError} `shape` when there are not `predictionLength` values
   */
  encodeLabel(values: ArrayLike<number>, scale: number): Tokens;
  /** The center of an id's bin times the scale. Ids that are no bins become the first center, as the reference has it. */
  decode(id: number, scale: number): number;
}

/** Mean |x| over observed values in f32, 1 where there is none above 0. */
function meanAbsolute(values: Float32Array): number {
  let [total, count] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    total += Math.abs(value);
    count += 1;
  }
  const scale = Math.fround(total / count);
  return scale > 0 ? scale : 1;
}

/**
 * The tokenizer of Chronos-T5 and its causal variant: division by the mean absolute value, then equal bins.
 *
 *   z = f32(x / scale),  id = #{boundaries ≤ z} + specialCount, at most tokenCount − 1
 *
 * @remarks There are tokenCount − specialCount − 1 bins, one fewer than there is room for, as all published checkpoints have it. What lies beyond
 *   `low`·scale and `high`·scale is clipped; a bin is (high − low)·scale/(bins − 1) wide, so a series far from zero that varies
 *   little loses digits: subtract a level first.
 * @throws {EinlabError} `option` for ids that do not fit together
 * @see Ansari et al. 2024, "Chronos: Learning the Language of Time Series", §3.1
 */
export function meanScaleTokenizer(options: TokenizerOptions): Tokenizer {
  const all = completed(options);
  const { tokenCount, specialCount, pad, end, useEnd, contextLength, predictionLength, modelType } = all;
  const { centers, boundaries } = uniformBins(all.low, all.high, tokenCount - specialCount - 1);

  const encode = (values: Float32Array, scale: number, withEnd: boolean): Tokens => {
    const length = values.length + (withEnd ? 1 : 0);
    const ids = new Int32Array(length).fill(end);
    const mask = new Uint8Array(length).fill(1);
    values.forEach((value, at) => {
      const z = Math.fround(value / scale);
      const isMissing = Number.isNaN(value);
      ids[at] = isMissing ? pad : Math.min(countBelow(boundaries, z) + specialCount, tokenCount - 1);
      mask[at] = isMissing ? 0 : 1;
    });
    return { ids, mask };
  };

  return {
    options: all,
    centers,
    boundaries,
    encodeContext(values) {
      const last = Float32Array.from(values).slice(-contextLength);
      const scale = meanAbsolute(last);
      return { ...encode(last, scale, useEnd && modelType === 'seq2seq'), scale };
    },
    encodeLabel(values, scale) {
      if (values.length !== predictionLength) {
        throw new EinlabError(
          'shape',
          `tokenizer: the label has ${values.length} values; expected predictionLength=${predictionLength}`,
          { length: values.length, predictionLength },
        );
      }
      return encode(Float32Array.from(values), scale, useEnd);
    },
    decode(id, scale) {
      const bin = Math.min(Math.max(id - specialCount - 1, 0), centers.length - 1);
      return Math.fround(centers[bin] * scale);
    },
  };
}

/** All settings, those that were left out with their defaults. */
function completed(options: TokenizerOptions): Required<TokenizerOptions> {
  const all: Required<TokenizerOptions> = {
    specialCount: 2,
    low: -15,
    high: 15,
    pad: 0,
    end: 1,
    useEnd: true,
    modelType: 'seq2seq',
    ...options,
  };
  const counts = [
    ['contextLength', all.contextLength, 1],
    ['predictionLength', all.predictionLength, 1],
    ['specialCount', all.specialCount, 1],
    ['tokenCount', all.tokenCount, all.specialCount + 3],
  ] as const;
  for (const [name, value, least] of counts) {
    if (!(Number.isInteger(value) && value >= least)) {
      throw new EinlabError('option', `tokenizer: ${name} is ${value}; expected a whole number ≥ ${least}`, {
        [name]: value,
      });
    }
  }
  for (const name of ['pad', 'end'] as const) {
    if (!(Number.isInteger(all[name]) && all[name] >= 0 && all[name] < all.specialCount)) {
      throw new EinlabError(
        'option',
        `tokenizer: ${name} is ${all[name]}; expected an id below specialCount=${all.specialCount}`,
        { [name]: all[name], specialCount: all.specialCount },
      );
    }
  }
  return all;
}
