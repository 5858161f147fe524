import { EinlabError, random, type Tensor } from '@einlab/einsum-core';
import { type Attention, attention } from './attention.ts';
import { type Embedding, embedding } from './embedding.ts';
import { type LayerNorm, layerNorm } from './layer-norm.ts';
import { type Linear, linear } from './linear.ts';
import { type Activation, type Mlp, mlp } from './mlp.ts';
import type { Structure } from './structure.ts';

/** One residual block: attention and a perceptron, each behind its own normalization. */
export interface TransformerBlock {
  readonly attentionNorm: LayerNorm;
  readonly attention: Attention;
  readonly mlpNorm: LayerNorm;
  readonly mlp: Mlp;
}

/** A decoder-only language model. */
export interface Transformer {
  /** Features between the blocks; learning-rate multipliers refer to it. */
  readonly width: number;
  readonly tokens: Embedding;
  readonly positions: Embedding;
  readonly blocks: readonly TransformerBlock[];
  readonly norm: LayerNorm;
  /** Absent where the head is tied to the tokens. */
  readonly head?: Linear;
}

/** How a transformer is made. */
export interface TransformerOptions {
  readonly vocab: number;
  /** The longest sequence. */
  readonly context: number;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  /** Features per head; default width / heads. */
  readonly dim?: number;
  /** Of the perceptrons; default 4. */
  readonly expansion?: number;
  readonly activation?: Activation;
  /** Of the linear maps in the blocks; default `dense()`. */
  readonly structure?: Structure;
  /** Of the head; default `dense()`. */
  readonly headStructure?: Structure;
  /** The table of the tokens is the head too: one parameter, without bias, that starts as the embedding does; default false. */
  readonly tied?: boolean;
  /** Weight normalization of the cores in the blocks; default false. */
  readonly normalized?: boolean;
  /** Default true. */
  readonly normalizeQueryKey?: boolean;
  readonly logitScale?: 'standard' | 'muP';
  /** Biases in linear maps and normalizations; default false. */
  readonly bias?: boolean;
  /** Standard deviation of the embeddings at initialization. */
  readonly embeddingDeviation?: number;
}

function initBlock(key: Tensor, options: TransformerOptions): TransformerBlock {
  const {
    width,
    heads,
    dim,
    expansion,
    activation,
    structure,
    normalized,
    normalizeQueryKey,
    logitScale,
    bias = false,
  } = options;
  const shared = { width, bias, zero: true, ...given({ structure, normalized }) };
  const [attentionKey, mlpKey] = random.split(key, 2) as [Tensor, Tensor];
  return {
    attentionNorm: layerNorm.init({ size: width, bias }),
    attention: attention.init(attentionKey, { ...shared, heads, ...given({ dim, normalizeQueryKey, logitScale }) }),
    mlpNorm: layerNorm.init({ size: width, bias }),
    mlp: mlp.init(mlpKey, { ...shared, ...given({ expansion, activation }) }),
  };
}

function init(key: Tensor, options: TransformerOptions): Transformer {
  const { vocab, context, width, depth, headStructure, embeddingDeviation, bias = false, tied = false } = options;
  if (!Number.isInteger(depth) || depth < 0) {
    throw new EinlabError('option', `transformer: depth is ${depth}; expected a whole number ≥ 0`, { depth });
  }
  if (tied && headStructure !== undefined) {
    throw new EinlabError(
      'option',
      `transformer: the head is tied to the tokens and has headStructure ${headStructure}; expected one of the two`,
    );
  }
  const [tokenKey, positionKey, headKey, blockKey] = random.split(key, 4) as [Tensor, Tensor, Tensor, Tensor];
  const deviation = given({ deviation: embeddingDeviation });
  return {
    width,
    tokens: embedding.init(tokenKey, { count: vocab, width, ...deviation }),
    positions: embedding.init(positionKey, { count: context, width, ...deviation }),
    blocks: random.split(blockKey, depth).map((from) => initBlock(from, options)),
    norm: layerNorm.init({ size: width, bias }),
    ...(tied
      ? {}
      : {
          head: linear.init(headKey, {
            in: width,
            out: vocab,
            zero: true,
            bias,
            ...given({ structure: headStructure }),
          }),
        }),
  };
}

function apply(model: Transformer, ids: Tensor): Tensor {
  const [, time] = ids.shape;
  const context = model.positions.table.shape[0] ?? 0;
  if (ids.rank !== 2 || time === undefined || time > context) {
    throw new EinlabError(
      'shape',
      `transformer: ids are ${ids.dtype}[${ids.shape.join(', ')}]; expected i32[batch, time] with time ≤ ${context}, the context of the model`,
      { ids: ids.shape, context },
    );
  }
  const start = embedding.apply(model.tokens, ids).add(model.positions.table.slice([0], [time]));
  const end = model.blocks.reduce<Tensor>((x, block) => {
    const attended = x.add(attention.apply(block.attention, layerNorm.apply(block.attentionNorm, x)));
    return attended.add(mlp.apply(block.mlp, layerNorm.apply(block.mlpNorm, attended)));
  }, start);
  const features = layerNorm.apply(model.norm, end);
  return model.head === undefined ? embedding.scores(model.tokens, features) : linear.apply(model.head, features);
}

/** The fields that are not undefined: optional fields are left out, not set to undefined. */
function given<Fields extends Readonly<Record<string, unknown>>>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  // Object.entries forgets which value belongs to which name; filtering changes neither.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>;
  };
}

/**
 * A decoder-only transformer: learned token and position embeddings, pre-norm blocks, final normalization, a head of its
 * own or (`tied`) the table of the tokens. Residual branches and an own head start at 0, so that the first prediction is uniform.
 *
 * `init(key, options)` makes the model; `apply(model, ids)` takes `i32[batch, time]` to logits `f32[batch, time, vocab]`,
 * where position t sees ids up to t.
 * @see Vaswani et al. 2017, "Attention Is All You Need"; Radford et al. 2019 for the pre-norm decoder
 */
export const transformer: {
  readonly init: (key: Tensor, options: TransformerOptions) => Transformer;
  readonly apply: (model: Transformer, ids: Tensor) => Tensor;
} = { init, apply };
