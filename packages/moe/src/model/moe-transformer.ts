import { EinlabError, random, type Tensor } from '@einlab/einsum-core';
import {
  attention,
  embedding,
  type LayerNorm,
  type Linear,
  layerNorm,
  linear,
  type Transformer,
  type TransformerBlock,
  type TransformerOptions,
  transformer,
} from '@einlab/nn';
import type { MixtureStructure } from '../mixture-map.ts';

/** One residual block: attention and a mixture of perceptrons, each behind its own normalization. */
export interface MoeTransformerBlock extends Omit<TransformerBlock, 'mlp' | 'mlpNorm'> {
  readonly expertsNorm: LayerNorm;
  /** A layer of `moeMlp`, width to width. */
  readonly experts: Linear;
}

/** A decoder-only language model with mixtures in the place of its perceptrons. */
export interface MoeTransformer extends Omit<Transformer, 'blocks'> {
  readonly blocks: readonly MoeTransformerBlock[];
}

/** How such a model is made. */
export interface MoeTransformerOptions extends Omit<TransformerOptions, 'expansion' | 'activation'> {
  /** `moeMlp({ … })`: takes the place of each perceptron. */
  readonly experts: MixtureStructure;
}

function init(key: Tensor, { experts, ...options }: MoeTransformerOptions): MoeTransformer {
  const { width, normalized = false } = options;
  // the perceptrons of the plain model are never computed: tensors are lazy
  const { blocks, ...rest } = transformer.init(key, options);
  return {
    ...rest,
    blocks: blocks.map(({ mlp: _, mlpNorm, ...block }, i) => ({
      ...block,
      expertsNorm: mlpNorm,
      experts: linear.init(random.foldIn(key, i), {
        in: width,
        out: width,
        structure: experts,
        zero: true,
        normalized,
      }),
    })),
  };
}

function apply(model: MoeTransformer, ids: Tensor): Tensor {
  const [, time] = ids.shape;
  const context = model.positions.table.shape[0] ?? 0;
  if (ids.rank !== 2 || time === undefined || time > context) {
    throw new EinlabError(
      'shape',
      `moeTransformer: ids are ${ids.dtype}[${ids.shape.join(', ')}]; expected i32[batch, time] with time ≤ ${context}, the context of the model`,
      { ids: ids.shape, context },
    );
  }
  const start = embedding.apply(model.tokens, ids).add(model.positions.table.slice([0], [time]));
  const end = model.blocks.reduce<Tensor>((x, block) => {
    const attended = x.add(attention.apply(block.attention, layerNorm.apply(block.attentionNorm, x)));
    return attended.add(linear.apply(block.experts, layerNorm.apply(block.expertsNorm, attended)));
  }, start);
  const features = layerNorm.apply(model.norm, end);
  return model.head === undefined ? embedding.scores(model.tokens, features) : linear.apply(model.head, features);
}

/**
 * `transformer` of `@einlab/nn` with a mixture of experts in the place of each perceptron: the standard sparse model that
 * a mixture in every linear layer (`transformer` with `bttMoe`) is compared with.
 *
 * `init(key, options)` makes the model; `apply(model, ids)` takes `i32[batch, time]` to logits `f32[batch, time, vocab]`.
 * @see Fedus et al. 2022, "Switch Transformers"
 */
export const moeTransformer: {
  readonly init: (key: Tensor, options: MoeTransformerOptions) => MoeTransformer;
  readonly apply: (model: MoeTransformer, ids: Tensor) => Tensor;
} = { init, apply };
