import type { Tensor } from '@einlab/einsum-core';
import { type MoeTransformer, moeTransformer } from '@einlab/moe';
import { type Structure, type Transformer, transformer } from '@einlab/nn';
import type { TextSpec } from './spec.ts';
import { expertsOf } from './structures.ts';

/** The sizes that a text model is made of. */
export type TextModelSizes = Pick<TextSpec, 'width' | 'layers' | 'heads' | 'context' | 'vocabulary'>;

/** A language model, with a perceptron or with a mixture of perceptrons in each block. */
export type TextModel = Transformer | MoeTransformer;

const optionsOf = (sizes: TextModelSizes) =>
  ({
    vocab: sizes.vocabulary,
    context: sizes.context,
    width: sizes.width,
    depth: sizes.layers,
    heads: sizes.heads,
    normalized: true,
  }) as const;

/** The model of a text run: pre-normalized, query and key normalized, no biases, branches and head start at 0. */
export const createTextModel = (structure: Structure, sizes: TextModelSizes, key: Tensor): Transformer =>
  transformer.init(key, { ...optionsOf(sizes), structure });

/** The same for any label of a structure: `moe` is a model of its own, with dense attention. */
export function createLabeledModel(label: string, structure: Structure, sizes: TextModelSizes, key: Tensor): TextModel {
  const experts = expertsOf(label);
  return experts === undefined
    ? createTextModel(structure, sizes, key)
    : moeTransformer.init(key, { ...optionsOf(sizes), experts });
}

const hasExperts = (model: TextModel): model is MoeTransformer => model.blocks.some((block) => 'experts' in block);

/** Logits `f32[batch, time, vocab]` for ids `i32[batch, time]`. */
export const applyTextModel = (model: TextModel, ids: Tensor): Tensor =>
  hasExperts(model) ? moeTransformer.apply(model, ids) : transformer.apply(model, ids);
