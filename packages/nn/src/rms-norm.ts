import { mean, multiply, ones, rsqrt, square, type Tensor } from '@einlab/einsum-core';
import { assertNormInput, assertNormOptions, type NormOptions } from './layer-norm.ts';

/** Division of features by their root mean square, followed by a gain for each. */
export interface RmsNorm {
  /** `f32[feature]` */
  readonly gain: Tensor;
  readonly eps: number;
}

function init({ size, eps = 1e-6 }: Omit<NormOptions, 'bias'>): RmsNorm {
  assertNormOptions('rmsNorm', size, eps);
  return { gain: ones([size]), eps };
}

function apply({ gain, eps }: RmsNorm, x: Tensor): Tensor {
  assertNormInput('rmsNorm', x, gain);
  return multiply(multiply(x, rsqrt(mean(square(x), -1, { keepDims: true }).add(eps))), gain);
}

/**
 * Root-mean-square normalization over the last axis: y = x / √(mean x² + eps) · gain.
 *
 * `init(options)` starts with gain 1 (eps default 10⁻⁶); `apply(layer, x)` keeps the shape `f32[...batch, feature]`.
 * @see Zhang, Sennrich 2019, "Root Mean Square Layer Normalization"
 */
export const rmsNorm: {
  readonly init: (options: Omit<NormOptions, 'bias'>) => RmsNorm;
  readonly apply: (layer: RmsNorm, x: Tensor) => Tensor;
} = { init, apply };
