import { einsum, type Tensor } from '@einlab/einsum-core';
import { type Linear, linear } from '@einlab/nn';

/** A matrix as checkpoints of PyTorch hold it. */
export interface DenseProjection {
  /** `f32[out, in]` */
  readonly weight: Tensor;
  /** `f32[out]` */
  readonly bias?: Tensor;
}

/** A linear map of a model: a stored matrix, or a layer with any structure. */
export type Projection = DenseProjection | Linear;

/** y[...batch, out] = Σ_in x[...batch, in] · weight[out, in] + bias[out] */
export function project(projection: Projection, x: Tensor): Tensor {
  if ('map' in projection) return linear.apply(projection, x);
  const mapped = einsum('... in, out in -> ... out', x, projection.weight);
  return projection.bias === undefined ? mapped : mapped.add(projection.bias);
}
