import { EinlabError, softmax, treeLeaf } from '@einlab/einsum-core';
import { firstPlaces, rankExperts, softmaxOfChosen } from './choose.ts';
import { scoreShape, scores } from './gate.ts';
import type { Router } from './router.ts';

/** Options of `topKRouter`. */
export interface TopKRouterOptions {
  /**
   * Over which experts the softmax of the weights goes. `chosen` (default): the weights of a token's experts sum to 1, and with k = 1 the
   * weight is 1, so the gate learns from the balance loss alone. `all`: weights are probabilities among all experts, as in Switch
   * Transformers, and the gate learns with k = 1 too.
   */
  readonly weights?: 'chosen' | 'all';
}

/**
 * Each token goes to the k experts of its highest logits, weighted by a softmax:
 *
 *   logits[token, expert] = Σ_in x[token, in] · gate[in, expert]
 *   weight[token, expert] = e^logit / Σ_chosen e^logit
 *
 * The gate starts at 0; ties go by turns, see `rankExperts`.
 * @throws {EinlabError} `option` for weights that are neither
 * @see Shazeer et al. 2017, "Outrageously Large Neural Networks"; Potapczynski, Qiu et al. 2024. Departs from the latter's code, which adds
 *   10⁻⁶ to each weight and sends all tokens of the first step to the same experts.
 */
export function topKRouter({ weights = 'chosen' }: TopKRouterOptions = {}): Router {
  if (weights !== 'chosen' && weights !== 'all') {
    throw new EinlabError('option', `topKRouter: weights is ${JSON.stringify(weights)}; expected chosen or all`, {
      weights,
    });
  }
  return {
    [treeLeaf]: true,
    name: 'top-k',
    tokensChoose: true,
    toString: () => (weights === 'chosen' ? 'topKRouter()' : `topKRouter({ weights: ${weights} })`),
    cores: (inSize, experts) => [scoreShape('gate', inSize, experts)],
    macs: (inSize, experts) => inSize * experts,
    choose(input) {
      const logits = scores(input);
      const ranks = rankExperts(logits, input.k);
      const chosen = firstPlaces(ranks, input.k);
      const probabilities = softmax(logits);
      const gates = weights === 'chosen' ? softmaxOfChosen(logits, chosen) : probabilities.multiply(chosen);
      return { logits, probabilities, chosen, gates, ranks };
    },
  };
}
