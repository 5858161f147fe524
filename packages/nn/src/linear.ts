import { EinlabError, multiply, ones, type Tensor, zeros } from '@einlab/einsum-core';
import { dense } from './dense.ts';
import type { Cores, Structure, StructuredMap } from './structure.ts';

/** A linear layer: a structured map, its cores, and what is added around it. */
export interface Linear {
  readonly map: StructuredMap;
  readonly cores: Cores;
  /** `f32[out]` */
  readonly bias?: Tensor;
  /** `f32[]`, multiplies the result of the map. */
  readonly gain?: Tensor;
  /** Cores act no larger than their initial size: see `StructuredMap.normalize`. */
  readonly normalized: boolean;
  /** The number of inputs does not grow with the width of the model, so the learning rate does not shrink with it. */
  readonly fixedInput: boolean;
}

/** How a linear layer is made. */
export interface LinearOptions {
  readonly in: number;
  readonly out: number;
  /** Default `dense()`. */
  readonly structure?: Structure;
  /** Adds a bias that starts at 0; default false. */
  readonly bias?: boolean;
  /** The last core starts at 0, and so does the result; default false. */
  readonly zero?: boolean;
  /** Weight normalization of the cores; default false. */
  readonly normalized?: boolean;
  /** A scalar that starts at 1 and multiplies the map's result; default false. */
  readonly gain?: boolean;
  /** For layers that read data instead of hidden features; default false. */
  readonly fixedInput?: boolean;
}

function init(key: Tensor, options: LinearOptions): Linear {
  const {
    structure = dense(),
    bias = false,
    zero = false,
    normalized = false,
    gain = false,
    fixedInput = false,
  } = options;
  const map = structure.realize(options.in, options.out);
  return {
    map,
    cores: map.init(key, { zero }),
    ...(bias ? { bias: zeros([options.out]) } : {}),
    ...(gain ? { gain: ones([]) } : {}),
    normalized,
    fixedInput,
  };
}

function apply(layer: Linear, x: Tensor): Tensor {
  const { map, bias, gain } = layer;
  if (x.shape.at(-1) !== map.in) {
    throw new EinlabError(
      'shape',
      `linear: x is f32[${x.shape.join(', ')}], its last axis is ${x.shape.at(-1) ?? 'missing'}; expected in=${map.in} for ${map}`,
      { x: x.shape, in: map.in },
    );
  }
  const mapped = map.apply(layer.normalized ? map.normalize(layer.cores) : layer.cores, x);
  const scaled = gain === undefined ? mapped : multiply(mapped, gain);
  return bias === undefined ? scaled : scaled.add(bias);
}

/**
 * A linear layer with any structure in place of its matrix.
 *
 *   y[...batch, out] = gain · map(x)[...batch, out] + bias[out]
 *
 * `init(key, options)` makes the layer: its cores have the deviations that the structure asks for. `apply(layer, x)` takes
 * `f32[...batch, in]` to `f32[...batch, out]` and throws a `shape` error when the last axis of x is not `in`.
 *
 * @example `linear.apply(linear.init(random.key(1), { in: 16, out: 4 }), x)`
 */
export const linear: {
  readonly init: (key: Tensor, options: LinearOptions) => Linear;
  readonly apply: (layer: Linear, x: Tensor) => Tensor;
} = { init, apply };
