import { EinlabError, einsum, multiply, random, type Tensor, take } from '@einlab/einsum-core';

/** A learned vector for each of a number of ids. */
export interface Embedding {
  /** `f32[id, width]` */
  readonly table: Tensor;
}

/** How an embedding is made. */
export interface EmbeddingOptions {
  /** Number of ids. */
  readonly count: number;
  readonly width: number;
  /** Standard deviation at initialization; default 0.02. Independent of the width, as the rate is: an id selects one row. */
  readonly deviation?: number;
}

function init(key: Tensor, { count, width, deviation = 0.02 }: EmbeddingOptions): Embedding {
  for (const [name, size] of [
    ['count', count],
    ['width', width],
  ] as const) {
    if (!Number.isInteger(size) || size < 1) {
      throw new EinlabError('option', `embedding: ${name} is ${size}; expected a whole number ≥ 1`, { [name]: size });
    }
  }
  if (!(deviation >= 0 && Number.isFinite(deviation)))
    throw new EinlabError('option', `embedding: deviation is ${deviation}; expected a number ≥ 0`, { deviation });
  return { table: multiply(random.normal(key, [count, width]), deviation) };
}

function apply(layer: Embedding, ids: Tensor): Tensor {
  return take(layer.table, ids);
}

function scores(layer: Embedding, x: Tensor): Tensor {
  const width = layer.table.shape[1];
  if (x.shape.at(-1) !== width) {
    throw new EinlabError(
      'shape',
      `embedding: x is f32[${x.shape.join(', ')}], its last axis is ${x.shape.at(-1) ?? 'missing'}; expected width=${width} to score ids with`,
      { x: x.shape, width },
    );
  }
  return einsum('... width, id width -> ... id', x, layer.table);
}

/**
 * Vectors looked up by id: y[...batch, width] = table[ids[...batch], width].
 *
 * `init(key, options)` draws the table; `apply(layer, ids)` takes `i32[...batch]` to `f32[...batch, width]`. An id outside the
 * table gives NaN, so that the mistake shows.
 *
 * `scores(layer, x)` goes back: s[...batch, id] = Σ_width x[...batch, width] · table[id, width] for `f32[...batch, width]`. A model that ends with the
 * scores of its own embedding ties the two: the table is one parameter of the tree, with one name in a checkpoint and one gradient, the sum of both uses.
 * @see Press, Wolf 2017, "Using the Output Embedding to Improve Language Models"
 */
export const embedding: {
  readonly init: (key: Tensor, options: EmbeddingOptions) => Embedding;
  readonly apply: (layer: Embedding, ids: Tensor) => Tensor;
  readonly scores: (layer: Embedding, x: Tensor) => Tensor;
} = { init, apply, scores };
