import { EinlabError, random, type Tensor } from '@einlab/einsum-core';
import { type LayerNorm, layerNorm } from './layer-norm.ts';
import { type Linear, linear } from './linear.ts';
import { type Activation, type Mlp, mlp } from './mlp.ts';
import type { Structure } from './structure.ts';

/** A residual perceptron for vectors: data in, features between, predictions out. */
export interface ResidualMlp {
  /** Features between the blocks; learning-rate multipliers refer to it. */
  readonly width: number;
  readonly input: Linear;
  readonly blocks: readonly { readonly norm: LayerNorm; readonly mlp: Mlp }[];
  readonly norm: LayerNorm;
  readonly output: Linear;
}

/** How a residual perceptron is made. */
export interface ResidualMlpOptions {
  readonly in: number;
  readonly out: number;
  readonly width: number;
  readonly depth: number;
  /** Default 4. */
  readonly expansion?: number;
  /** Default `gelu`. */
  readonly activation?: Activation;
  /** Of the maps inside the blocks; the first and the last map are dense. Default `dense()`. */
  readonly structure?: Structure;
  /** Weight normalization inside the blocks; default false. */
  readonly normalized?: boolean;
  /** Default true. */
  readonly bias?: boolean;
  /** The ends of the branches and the output start at 0; default true. */
  readonly zero?: boolean;
}

function init(key: Tensor, options: ResidualMlpOptions): ResidualMlp {
  const {
    width,
    depth,
    expansion = 4,
    activation = 'gelu',
    structure,
    normalized = false,
    bias = true,
    zero = true,
  } = options;
  if (!Number.isInteger(depth) || depth < 0) {
    throw new EinlabError('option', `residualMlp: depth is ${depth}; expected a whole number ≥ 0`, { depth });
  }
  const [inputKey, outputKey, blockKey] = random.split(key, 3) as [Tensor, Tensor, Tensor];
  const inner = {
    width,
    expansion,
    activation,
    normalized,
    bias,
    zero,
    ...(structure === undefined ? {} : { structure }),
  };
  return {
    width,
    input: linear.init(inputKey, { in: options.in, out: width, bias, fixedInput: true }),
    blocks: random
      .split(blockKey, depth)
      .map((from) => ({ norm: layerNorm.init({ size: width, bias }), mlp: mlp.init(from, inner) })),
    norm: layerNorm.init({ size: width, bias }),
    output: linear.init(outputKey, { in: width, out: options.out, bias, zero }),
  };
}

function hidden(model: ResidualMlp, x: Tensor): Tensor {
  return model.blocks.reduce<Tensor>(
    (features, block) => features.add(mlp.apply(block.mlp, layerNorm.apply(block.norm, features))),
    linear.apply(model.input, x),
  );
}

function apply(model: ResidualMlp, x: Tensor): Tensor {
  return linear.apply(model.output, layerNorm.apply(model.norm, hidden(model, x)));
}

/**
 * A residual perceptron: a dense input map, `depth` blocks x + mlp(layerNorm(x)), a final normalization, a dense output map.
 *
 * `init(key, options)` makes the model; `apply(model, x)` takes `f32[...batch, in]` to `f32[...batch, out]`;
 * `hidden(model, x)` gives the features after the last block, `f32[...batch, width]`.
 */
export const residualMlp: {
  readonly init: (key: Tensor, options: ResidualMlpOptions) => ResidualMlp;
  readonly apply: (model: ResidualMlp, x: Tensor) => Tensor;
  readonly hidden: (model: ResidualMlp, x: Tensor) => Tensor;
} = { init, apply, hidden };
