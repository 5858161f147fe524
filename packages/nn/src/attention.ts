import {
  arange,
  EinlabError,
  einsum,
  lessEqual,
  multiply,
  random,
  softmax,
  type Tensor,
  where,
} from '@einlab/einsum-core';
import { type LayerNorm, layerNorm } from './layer-norm.ts';
import { type Linear, linear } from './linear.ts';
import type { Structure } from './structure.ts';

/** Multi-head self-attention with separate query, key, value and output maps. */
export interface Attention {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
  /** Normalization of each head's queries; shared by the heads. */
  readonly queryNorm?: LayerNorm;
  readonly keyNorm?: LayerNorm;
  readonly heads: number;
  /** A position sees itself and what came before. */
  readonly causal: boolean;
  /** Multiplies ⟨query, key⟩. */
  readonly logitScale: number;
}

/** How attention is made. */
export interface AttentionOptions {
  readonly width: number;
  readonly heads: number;
  /** Features per head; default width / heads, which must then be whole. */
  readonly dim?: number;
  /** Of all four maps; default `dense()`. */
  readonly structure?: Structure;
  /** Default true. */
  readonly causal?: boolean;
  /** Layer normalization of queries and keys per head; default true. */
  readonly normalizeQueryKey?: boolean;
  /** `standard` is 1/√dim; `muP` is 8/dim, equal at dim 64 and right when dim grows with the width. Default `standard`. */
  readonly logitScale?: 'standard' | 'muP';
  readonly bias?: boolean;
  /** Weight normalization of the maps' cores. */
  readonly normalized?: boolean;
  /** The output map starts at 0, as the end of a residual branch should; default false. */
  readonly zero?: boolean;
}

/** Stands for −∞: its exponential is exactly 0 after any shift, and 0 · (−10³⁰) is 0, not NaN. */
const MASKED = -1e30;

function init(key: Tensor, options: AttentionOptions): Attention {
  const { width, heads, causal = true, normalizeQueryKey = true, zero = false, logitScale = 'standard' } = options;
  const dim = options.dim ?? width / heads;
  if (!Number.isInteger(heads) || heads < 1 || !Number.isInteger(dim) || dim < 1) {
    throw new EinlabError(
      'option',
      `attention: width ${width} does not divide into ${heads} heads; choose a divisor of the width, or give dim`,
      { width, heads, dim },
    );
  }
  if (logitScale !== 'standard' && logitScale !== 'muP') {
    throw new EinlabError(
      'option',
      `attention: logitScale is ${JSON.stringify(logitScale)}; expected 'standard' or 'muP'`,
      { logitScale },
    );
  }
  const { structure, bias = false, normalized = false } = options;
  const shared = { ...(structure === undefined ? {} : { structure }), bias, normalized };
  const [queryKey, keyKey, valueKey, outputKey] = random.split(key, 4) as [Tensor, Tensor, Tensor, Tensor];
  const into = { ...shared, in: width, out: heads * dim };
  const norm = (): LayerNorm => layerNorm.init({ size: dim, bias });
  return {
    query: linear.init(queryKey, into),
    key: linear.init(keyKey, into),
    value: linear.init(valueKey, into),
    output: linear.init(outputKey, { ...shared, in: heads * dim, out: width, zero }),
    ...(normalizeQueryKey ? { queryNorm: norm(), keyNorm: norm() } : {}),
    heads,
    causal,
    logitScale: logitScale === 'muP' ? 8 / dim : 1 / Math.sqrt(dim),
  };
}

function apply(layer: Attention, x: Tensor): Tensor {
  const [batch, time] = x.shape;
  if (x.rank !== 3 || batch === undefined || time === undefined) {
    throw new EinlabError('shape', `attention: x is f32[${x.shape.join(', ')}]; expected f32[batch, time, width]`, {
      x: x.shape,
    });
  }
  const { heads } = layer;
  const dim = layer.query.map.out / heads;
  const project = (map: Linear): Tensor => linear.apply(map, x).reshape([batch, time, heads, dim]);
  const normalize = (norm: LayerNorm | undefined, y: Tensor): Tensor =>
    norm === undefined ? y : layerNorm.apply(norm, y);
  const query = normalize(layer.queryNorm, project(layer.query));
  const key = normalize(layer.keyNorm, project(layer.key));
  const logits = multiply(
    einsum('batch query head dim, batch key head dim -> batch head query key', query, key),
    layer.logitScale,
  );
  const weights = softmax(layer.causal ? where(causalMask(time), logits, MASKED) : logits);
  const mixed = einsum(
    'batch head query key, batch key head dim -> batch query head dim',
    weights,
    project(layer.value),
  );
  return linear.apply(layer.output, mixed.reshape([batch, time, heads * dim]));
}

/** `bool[query, key]`: true where key ≤ query. */
function causalMask(time: number): Tensor {
  const position = arange(time);
  return lessEqual(position.reshape([1, time]), position.reshape([time, 1]));
}

/**
 * Multi-head self-attention:
 *
 *   weights[batch, head, query, key] = softmax_key(logitScale · Σ_dim q[batch, query, head, dim] · k[batch, key, head, dim])
 *   y[batch, query] = output(Σ_key weights[batch, head, query, key] · v[batch, key, head, dim])
 *
 * `init(key, options)` makes the layer; `apply(layer, x)` takes `f32[batch, time, width]` to the same shape.
 * @see Vaswani et al. 2017, "Attention Is All You Need"; Henry et al. 2020, "Query-Key Normalization for Transformers"
 */
export const attention: {
  readonly init: (key: Tensor, options: AttentionOptions) => Attention;
  readonly apply: (layer: Attention, x: Tensor) => Tensor;
} = { init, apply };
