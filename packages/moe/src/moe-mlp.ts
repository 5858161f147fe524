import { EinlabError } from '@einlab/einsum-core';
import type { Activation } from '@einlab/nn';
import { activations, mlpExperts } from './experts/mlp-experts.ts';
import { type MixtureOptions, type MixtureStructure, mixtureStructure } from './mixture-map.ts';

/** Options of `moeMlp`. */
export interface MoeMlpOptions extends MixtureOptions {
  /** Hidden features of an expert per feature; default 4. */
  readonly expansion?: number;
  /** Default `gelu`. */
  readonly activation?: Activation;
}

/**
 * The standard mixture of experts, which takes the place of a transformer's whole perceptron: each expert is one.
 *
 *   y[token] = Σ_expert gate[expert](x) · down[expert](activation(up[expert](x)))
 *
 * As a structure it maps a width to itself: `linear.init(key, { in: width, out: width, structure: moeMlp({ experts: 8 }) })`, or a whole model
 * with `moeTransformer`.
 *
 * @remarks 2·E·expansion·width² + E·width parameters, 2·k·expansion·width² + E·width multiply-accumulates for a token.
 * @throws {EinlabError} `option` for k above E, an activation that is none, and when realized for unequal sizes
 * @see Shazeer et al. 2017; Fedus et al. 2022, "Switch Transformers"
 */
export function moeMlp(options: MoeMlpOptions): MixtureStructure {
  const { experts, k = 2, expansion = 4, activation = 'gelu' } = options;
  if (!Object.hasOwn(activations, activation)) {
    throw new EinlabError(
      'option',
      `moeMlp: activation is ${JSON.stringify(activation)}; expected ${Object.keys(activations).join(', ')}`,
      { activation },
    );
  }
  const extras = [
    ...(expansion === 4 ? [] : [`expansion: ${expansion}`]),
    ...(activation === 'gelu' ? [] : [`activation: ${activation}`]),
  ];
  const text = `moeMlp({ ${[`experts: ${experts}`, `k: ${k}`, ...extras].join(', ')} })`;
  return mixtureStructure({ name: 'moe', text, options }, ({ in: width, out }) => {
    const hidden = expansion * width;
    if (width !== out || !Number.isInteger(hidden) || hidden < 1) {
      throw new EinlabError(
        'option',
        `moeMlp: asked for ${width} → ${out} with expansion ${expansion}; expected equal sizes, of which the experts are whole perceptrons, and a whole number of hidden features`,
        { in: width, out, expansion },
      );
    }
    return mlpExperts('moeMlp', experts, { width, hidden, activation });
  });
}
