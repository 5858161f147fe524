import { EinlabError, mean, multiply, ones, rsqrt, square, subtract, type Tensor, zeros } from '@einlab/einsum-core';

/** Normalization of features to mean 0 and variance 1, followed by a gain for each. */
export interface LayerNorm {
  /** `f32[feature]` */
  readonly gain: Tensor;
  /** `f32[feature]` */
  readonly bias?: Tensor;
  readonly eps: number;
}

/** How a normalization layer is made. */
export interface NormOptions {
  /** Number of features. */
  readonly size: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Inside the root; default 10⁻⁵. */
  readonly eps?: number;
}

function init({ size, bias = true, eps = 1e-5 }: NormOptions): LayerNorm {
  assertNormOptions('layerNorm', size, eps);
  return { gain: ones([size]), ...(bias ? { bias: zeros([size]) } : {}), eps };
}

function apply({ gain, bias, eps }: LayerNorm, x: Tensor): Tensor {
  assertNormInput('layerNorm', x, gain);
  const centered = subtract(x, mean(x, -1, { keepDims: true }));
  const scale = rsqrt(mean(square(centered), -1, { keepDims: true }).add(eps));
  const scaled = multiply(multiply(centered, scale), gain);
  return bias === undefined ? scaled : scaled.add(bias);
}

/**
 * Layer normalization over the last axis:
 *
 *   y = (x − mean x) / √(variance x + eps) · gain + bias
 *
 * `init(options)` starts with gain 1 and bias 0; `apply(layer, x)` keeps the shape `f32[...batch, feature]`.
 * @see Ba, Kiros, Hinton 2016, "Layer Normalization"
 */
export const layerNorm: {
  readonly init: (options: NormOptions) => LayerNorm;
  readonly apply: (layer: LayerNorm, x: Tensor) => Tensor;
} = { init, apply };

/** Refuses sizes and eps that no normalization can have. */
export function assertNormOptions(where: string, size: number, eps: number): void {
  if (!Number.isInteger(size) || size < 1) {
    throw new EinlabError('option', `${where}: size is ${size}; expected a whole number ≥ 1`, { size });
  }
  if (!(eps >= 0 && Number.isFinite(eps))) {
    throw new EinlabError('option', `${where}: eps is ${eps}; expected a number ≥ 0`, { eps });
  }
}

/** Refuses inputs whose last axis is not that of the gain; broadcasting would let size 1 through. */
export function assertNormInput(where: string, x: Tensor, gain: Tensor): void {
  if (x.shape.at(-1) !== gain.size) {
    throw new EinlabError(
      'shape',
      `${where}: x is f32[${x.shape.join(', ')}], its last axis is ${x.shape.at(-1) ?? 'missing'}; expected ${gain.size} features`,
      { x: x.shape, size: gain.size },
    );
  }
}
