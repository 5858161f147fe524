import type { WeightOptions } from './load-weights.ts';

const embeddings = ['encoder.embed_tokens.weight', 'decoder.embed_tokens.weight'];

/** Duplicates and leftovers that files of T5 models may hold. */
const leftover = new Set([
  ...embeddings,
  'lm_head.weight',
  'decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight',
]);

/** How the tensors of a T5 body are named: the table of embeddings goes by several names. */
export const t5Names: Pick<WeightOptions, 'aliases' | 'ignored'> = {
  aliases: { 'shared.weight': [...embeddings, 'lm_head.weight'] },
  ignored: (name) => leftover.has(name),
};
