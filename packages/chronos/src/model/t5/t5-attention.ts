import { einsum, softmax, type Tensor, take, tensor, transpose, where } from '@einlab/einsum-core';
import type { T5Config } from '../../config/chronos-config.ts';
import type { ParameterMaker } from '../parameter-maker.ts';
import { type DenseProjection, type Projection, project } from '../projection.ts';
import { type BucketOptions, relativeBucket } from './relative-bucket.ts';

/** Parameters of an attention layer under the names of checkpoints. */
export interface T5Attention {
  readonly q: Projection;
  readonly k: Projection;
  readonly v: Projection;
  readonly o: Projection;
  /** `f32[bucket, head]`, in the first block of a stack. */
  readonly relative_attention_bias?: { readonly weight: Tensor };
}

/** Keys and values of all positions that may be attended to, `f32[batch, time, head, dim]`. */
export interface KeysAndValues {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/** Below every score. Where all keys of a query are masked, its weights are uniform. */
export const MASKED = -1e30;

type Sizes = Pick<T5Config, 'width' | 'heads' | 'dim' | 'initializerFactor' | 'buckets'>;

/** A layer with T5's deviations, which stand in for the division by √dim: q f/√(width·dim), k and v f/√width, o f/√(heads·dim). */
export function makeT5Attention(make: ParameterMaker, sizes: Sizes, withBias: boolean): T5Attention {
  const { width, heads, dim, initializerFactor: f, buckets } = sizes;
  const inner = heads * dim;
  return {
    q: make.projection(width, inner, f / Math.sqrt(width * dim)),
    k: make.projection(width, inner, f / Math.sqrt(width)),
    v: make.projection(width, inner, f / Math.sqrt(width)),
    o: make.projection(inner, width, f / Math.sqrt(inner)),
    ...(withBias ? { relative_attention_bias: { weight: make.table(buckets, heads, f / Math.sqrt(width)) } } : {}),
  };
}

/** `f32[batch, time, head·dim]` as `f32[batch, time, head, dim]`. */
export const splitHeads = (x: Tensor, heads: number): Tensor =>
  x.reshape([...x.shape.slice(0, -1), heads, (x.shape.at(-1) ?? 0) / heads]);

/** Keys and values of a sequence, `f32[batch, time, width]`. */
export const keysAndValues = (layer: T5Attention, x: Tensor, heads: number): KeysAndValues => ({
  keys: splitHeads(project(layer.k, x), heads),
  values: splitHeads(project(layer.v, x), heads),
});

/**
 * Attention without a division of the scores:
 *
 *   weights[batch, head, query, key] = softmax_key(q[batch, query, head] · k[batch, key, head] + bias[head, query, key])
 *   y[batch, query] = o(Σ_key weights[batch, head, query, key] · v[batch, key, head])
 *
 * @param x - `f32[batch, query, width]`
 * @param bias - `f32[head, query, key]`, added to every batch
 * @param mask - `bool`, broadcast to `[batch, head, query, key]`; false hides a key
 * @param dropout - of the weights
 */
export function attend(
  layer: T5Attention,
  x: Tensor,
  { keys, values }: KeysAndValues,
  options: {
    readonly heads: number;
    readonly bias?: Tensor | undefined;
    readonly mask?: Tensor | undefined;
    readonly dropout: (weights: Tensor) => Tensor;
  },
): Tensor {
  const queries = splitHeads(project(layer.q, x), options.heads);
  const scores = einsum('batch query head dim, batch key head dim -> batch head query key', queries, keys);
  const biased = options.bias === undefined ? scores : scores.add(options.bias);
  const weights = options.dropout(softmax(options.mask === undefined ? biased : where(options.mask, biased, MASKED)));
  const mixed = einsum('batch head query key, batch key head dim -> batch query head dim', weights, values);
  const [batch = 0, time = 0, heads = 0, dim = 0] = mixed.shape;
  return project(layer.o, mixed.reshape([batch, time, heads * dim]));
}

/**
 * What `attend` gives for one query per batch, without the keys and values of all positions: their matrices are applied to the query and to the mixture instead,
 *
 *   q·(Wk h_t) = (Wkᵀ q)·h_t,   Σ_t w_t (Wv h_t) = Wv Σ_t w_t h_t
 *
 * so that the work of a position is two products with vectors per head. For dense maps only.
 *
 * @param x - `f32[batch, 1, width]`
 * @param hidden - `f32[batch, key, width]`
 * @param mask - `bool[batch, 1, key]`
 */
export function attendOnce(
  layer: DenseAttention,
  x: Tensor,
  { hidden, mask }: { readonly hidden: Tensor; readonly mask: Tensor },
  heads: number,
): Tensor {
  const [batch, , width] = x.shape;
  const byHead = ({ weight }: DenseProjection): Tensor => weight.reshape([heads, weight.shape[0] / heads, width]);
  const queries = splitHeads(project(layer.q, x.reshape([batch, width])), heads);
  const turned = einsum('batch head dim, head dim width -> batch head width', queries, byHead(layer.k));
  const scores = einsum('batch head width, batch key width -> batch head key', turned, hidden);
  const weights = softmax(where(mask, scores, MASKED));
  const mixed = einsum('batch head key, batch key width -> batch head width', weights, hidden);
  const values = einsum('batch head width, head dim width -> batch head dim', mixed, byHead(layer.v));
  return project(layer.o, values.reshape([batch, 1, layer.v.weight.shape[0]]));
}

/** An attention layer whose maps of keys and values are matrices without a bias. */
export interface DenseAttention extends T5Attention {
  readonly k: DenseProjection;
  readonly v: DenseProjection;
}

/** True where `attendOnce` may stand for `attend`. */
export const isDenseAttention = (layer: T5Attention): layer is DenseAttention =>
  [layer.k, layer.v].every((map) => !('map' in map) && map.bias === undefined);

/**
 * The table of relative positions spread over queries and keys.
 *
 * @param table - `f32[bucket, head]`
 * @param queries - positions of the queries
 * @param keys - number of keys, at positions 0, 1, …
 * @returns `f32[head, query, key]`
 */
export function positionBias(table: Tensor, queries: readonly number[], keys: number, options: BucketOptions): Tensor {
  const buckets = new Int32Array(queries.length * keys);
  queries.forEach((query, row) => {
    for (let key = 0; key < keys; key++) buckets[row * keys + key] = relativeBucket(key - query, options);
  });
  return take(transpose(table), tensor(buckets, { shape: [queries.length, keys] }), 1);
}
