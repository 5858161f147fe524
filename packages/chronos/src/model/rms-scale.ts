import { mean, multiply, rsqrt, square, type Tensor } from '@einlab/einsum-core';

/** The gain of an RMS normalization, under the name that checkpoints have. */
export interface RmsScale {
  /** `f32[feature]` */
  readonly weight: Tensor;
}

/** y = weight · x / √(mean x² + eps) over the last axis; the mean is not subtracted. */
export const applyRmsScale = ({ weight }: RmsScale, x: Tensor, eps: number): Tensor =>
  multiply(multiply(x, rsqrt(mean(square(x), -1, { keepDims: true }).add(eps))), weight);
