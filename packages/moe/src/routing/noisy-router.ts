import { multiply, random, softmax, softplus, treeLeaf } from '@einlab/einsum-core';
import { firstPlaces, rankExperts, softmaxOfChosen } from './choose.ts';
import { scoreShape, scores } from './gate.ts';
import type { Router } from './router.ts';

/**
 * Top-k routing with learned noise, which tries experts that the gate does not prefer yet:
 *
 *   h[token, expert] = (x · gate)[token, expert] + ε · softplus((x · noise)[token, expert]),   ε ~ N(0, 1)
 *   weight = softmax of h over the k highest h
 *
 * Noise needs a key, which `observeRouting` gives; without one, as in evaluation, there is none.
 * @see Shazeer et al. 2017, "Outrageously Large Neural Networks", eq. (3) to (5)
 */
export function noisyRouter(): Router {
  return {
    [treeLeaf]: true,
    name: 'noisy-top-k',
    tokensChoose: true,
    toString: () => 'noisyRouter()',
    cores: (inSize, experts) => [scoreShape('gate', inSize, experts), scoreShape('noise', inSize, experts)],
    macs: (inSize, experts) => 2 * inSize * experts,
    choose(input) {
      const logits = scores(input);
      const noisy =
        input.key === undefined
          ? logits
          : logits.add(multiply(random.normal(input.key, logits.shape), softplus(scores(input, 'noise'))));
      const ranks = rankExperts(noisy, input.k);
      const chosen = firstPlaces(ranks, input.k);
      return { logits, probabilities: softmax(noisy), chosen, gates: softmaxOfChosen(noisy, chosen), ranks };
    },
  };
}
