import { EinlabError, gelu, random, relu, silu, type Tensor } from '@einlab/einsum-core';
import { type Linear, linear } from './linear.ts';
import type { Structure } from './structure.ts';

/** Elementwise functions that a multilayer perceptron can use. */
export type Activation = 'gelu' | 'relu' | 'silu';

/** Two linear maps with an elementwise function between them. */
export interface Mlp {
  readonly up: Linear;
  readonly down: Linear;
  readonly activation: Activation;
}

/** How a multilayer perceptron is made. */
export interface MlpOptions {
  readonly width: number;
  /** Hidden features per feature; default 4. Expansion × width must be whole. */
  readonly expansion?: number;
  /** Default `gelu`. */
  readonly activation?: Activation;
  /** Of both maps; default `dense()`. */
  readonly structure?: Structure;
  readonly bias?: boolean;
  /** Weight normalization of the maps' cores. */
  readonly normalized?: boolean;
  /** The second map starts at 0, as the end of a residual branch should; default false. */
  readonly zero?: boolean;
}

const functions: Readonly<Record<Activation, (x: Tensor) => Tensor>> = { gelu, relu, silu };

function init(key: Tensor, options: MlpOptions): Mlp {
  const {
    width,
    expansion = 4,
    activation = 'gelu',
    structure,
    bias = false,
    normalized = false,
    zero = false,
  } = options;
  if (!Object.hasOwn(functions, activation)) {
    throw new EinlabError(
      'option',
      `mlp: activation is ${JSON.stringify(activation)}; expected ${Object.keys(functions).join(', ')}`,
      { activation },
    );
  }
  const hidden = expansion * width;
  if (!Number.isInteger(hidden) || hidden < 1) {
    throw new EinlabError(
      'option',
      `mlp: expansion ${expansion} × width ${width} is ${hidden}; expected a whole number of hidden features`,
      { expansion, width },
    );
  }
  const shared = { ...(structure === undefined ? {} : { structure }), bias, normalized };
  const [upKey, downKey] = random.split(key, 2) as [Tensor, Tensor];
  return {
    up: linear.init(upKey, { ...shared, in: width, out: hidden }),
    down: linear.init(downKey, { ...shared, in: hidden, out: width, zero }),
    activation,
  };
}

function apply(layer: Mlp, x: Tensor): Tensor {
  return linear.apply(layer.down, functions[layer.activation](linear.apply(layer.up, x)));
}

/**
 * A multilayer perceptron with one hidden layer: y = down(activation(up(x))).
 *
 * `init(key, options)` makes the layer; `apply(layer, x)` keeps the shape `f32[...batch, width]`.
 */
export const mlp: {
  readonly init: (key: Tensor, options: MlpOptions) => Mlp;
  readonly apply: (layer: Mlp, x: Tensor) => Tensor;
} = { init, apply };
