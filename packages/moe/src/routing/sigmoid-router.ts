import {
  add,
  customGradient,
  divide,
  mean,
  multiply,
  sigmoid,
  sum,
  type Tensor,
  treeLeaf,
  zeros,
} from '@einlab/einsum-core';
import { coreNamed } from '@einlab/nn';
import { firstPlaces, rankExperts } from './choose.ts';
import { scoreShape, scores } from './gate.ts';
import type { Router } from './router.ts';

/** So small that the excess moves no norm by which gradients are clipped; `balanceBiases` uses its sign. */
const excessScale = 1e-6;

/** Keeps Σ of the chosen scores from 0 where all of them underflow. */
const smallest = 1e-20;

/**
 * Zeros `f32[token, expert]` through which a bias is told how much more than its share an expert got, in place of a gradient:
 *
 *   10⁻⁶ · (load[expert] / mean load − 1)
 */
const reportExcess = customGradient(
  (_bias: Tensor, chosen: Tensor): Tensor => zeros(chosen.shape),
  (_cotangent, _value, _bias, chosen) => {
    const load = sum(chosen, 0);
    return [multiply(divide(load, add(mean(load), smallest)).subtract(1), excessScale), null];
  },
);

/**
 * Each token goes to the k experts of the highest σ(logit) + bias, with weights σ(logit) / Σ_chosen σ(logit). The bias decides who is
 * chosen and never what the weight is: `balanceBiases` raises it for experts with fewer tokens than their share, and
 * so balances loads without a loss that disturbs the gradients.
 *
 * @remarks The derivative of the bias is the excess load, scaled to vanish beside gradients; under an optimizer without `balanceBiases` the
 *   bias follows its opposite, in the optimizer's own way. Derivatives of second order treat it as a constant.
 * @see Wang et al. 2024, "Auxiliary-Loss-Free Load Balancing"; DeepSeek-AI 2024, "DeepSeek-V3 Technical Report", eq. (12) to (16)
 */
export function sigmoidRouter(): Router {
  return {
    [treeLeaf]: true,
    name: 'sigmoid',
    tokensChoose: true,
    toString: () => 'sigmoidRouter()',
    cores: (inSize, experts) => [
      scoreShape('gate', inSize, experts),
      { name: 'bias', shape: [experts], fanIn: 1, fanOut: experts, initialDeviation: 0 },
    ],
    macs: (inSize, experts) => inSize * experts,
    choose(input) {
      const logits = scores(input);
      const bias = coreNamed(input.cores, 'bias', 'router');
      const affinity = sigmoid(logits);
      const ranks = rankExperts(affinity.add(bias), input.k);
      const chosen = firstPlaces(ranks, input.k);
      const own = multiply(affinity, chosen);
      return {
        logits,
        probabilities: divide(affinity, sum(affinity, 1, { keepDims: true }).add(smallest)),
        chosen,
        gates: divide(own, sum(own, 1, { keepDims: true }).add(smallest)).add(reportExcess(bias, chosen)),
        ranks,
      };
    },
  };
}
