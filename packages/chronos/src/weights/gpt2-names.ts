import type { WeightOptions } from './load-weights.ts';

/** How the tensors of a GPT-2 body are named: with or without the first level, and with the masks that old files hold. */
export function gpt2Names(paths: readonly string[]): Pick<WeightOptions, 'aliases' | 'ignored'> {
  return {
    aliases: Object.fromEntries(paths.map((path) => [path, [path.replace(/^transformer\./, '')]])),
    ignored: (name) => /(^|\.)attn\.(masked_)?bias$/.test(name) || name === 'lm_head.weight',
  };
}
