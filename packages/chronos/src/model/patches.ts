import { type InstanceScale, instanceScale, normalizeValue } from './instance-norm.ts';

/** Patches of a series in units of its own scale. */
export interface SeriesPatches extends InstanceScale {
  /** Normalized values, 0 where missing: `f32[patch, size]`. */
  readonly values: Float32Array;
  /** 1 where observed: `f32[patch, size]`. */
  readonly observed: Float32Array;
  readonly patchCount: number;
}

/** How a series becomes patches. */
export interface PatchOptions {
  /** Values that are read, the last ones. */
  readonly contextLength: number;
  readonly size: number;
  /** Steps from one patch to the next; where it is not the size, patches overlap or leave gaps. */
  readonly stride: number;
  /** asinh of the normalized values; default false. */
  readonly arcsinh?: boolean;
  /** What values are in units of; default their mean and deviation. */
  readonly scaleOf?: (context: Float32Array) => InstanceScale;
}

/** The last values in f32. */
export const contextOf = (values: ArrayLike<number>, length: number): Float32Array =>
  Float32Array.from(
    { length: Math.min(length, values.length) },
    (_, i) => values[values.length - Math.min(length, values.length) + i],
  );

/** Patches of so many values. */
export const patchCountOf = (length: number, { size, stride }: Pick<PatchOptions, 'size' | 'stride'>): number =>
  Math.floor((Math.max(size, Math.ceil(length / size) * size) - size) / stride) + 1;

/** Normalizes a series and cuts it into patches, padded on the left with missing values. */
export function patchesOf(series: ArrayLike<number>, options: PatchOptions): SeriesPatches {
  const { size, stride, arcsinh = false, scaleOf = instanceScale } = options;
  const context = contextOf(series, options.contextLength);
  const own = scaleOf(context);
  const padded = Math.max(size, Math.ceil(context.length / size) * size);
  const missing = padded - context.length;
  const patchCount = patchCountOf(context.length, options);
  const values = new Float32Array(patchCount * size);
  const observed = new Float32Array(patchCount * size);
  for (let patch = 0; patch < patchCount; patch++) {
    for (let i = 0; i < size; i++) {
      const at = patch * stride + i - missing;
      const value = at < 0 ? NaN : context[at];
      if (Number.isNaN(value)) continue;
      const normalized = normalizeValue(value, own);
      values[patch * size + i] = arcsinh ? Math.asinh(normalized) : normalized;
      observed[patch * size + i] = 1;
    }
  }
  return { ...own, values, observed, patchCount };
}
