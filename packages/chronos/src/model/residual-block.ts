import { relu, type Tensor } from '@einlab/einsum-core';
import type { ParameterMaker } from './parameter-maker.ts';
import { type DenseProjection, project } from './projection.ts';

/** Two layers beside a linear shortcut: how patches enter and leave a model. Names as in checkpoints. */
export interface ResidualBlock {
  readonly hidden_layer: DenseProjection;
  readonly output_layer: DenseProjection;
  readonly residual_layer: DenseProjection;
}

/** Sizes of a residual block. */
export interface ResidualBlockSizes {
  readonly in: number;
  readonly hidden: number;
  readonly out: number;
  /** Scales the deviations. */
  readonly factor: number;
}

/** A residual block with weights N(0, factor²/in) and biases 0. */
export function makeResidualBlock(make: ParameterMaker, sizes: ResidualBlockSizes): ResidualBlock {
  const { hidden, out, factor } = sizes;
  const matrix = (inSize: number, outSize: number): DenseProjection =>
    make.matrix(inSize, outSize, factor / Math.sqrt(inSize), true);
  return {
    hidden_layer: matrix(sizes.in, hidden),
    output_layer: matrix(hidden, out),
    residual_layer: matrix(sizes.in, out),
  };
}

/** y = output(relu(hidden(x))) + residual(x), `f32[...batch, in]` to `f32[...batch, out]`. */
export const applyResidualBlock = (block: ResidualBlock, x: Tensor): Tensor =>
  project(block.output_layer, relu(project(block.hidden_layer, x))).add(project(block.residual_layer, x));
