import {
  add,
  arange,
  argSort,
  multiply,
  remainder,
  reshape,
  scatterAdd,
  slice,
  softmax,
  stopGradient,
  takeAlongAxis,
  type Tensor,
  ones,
  treeLeaf,
} from '@einlab/einsum-core';
import { poison } from './choose.ts';
import { scoreShape, scores } from './gate.ts';
import type { Router } from './router.ts';

/** Tokens that each expert takes: ⌈k · tokens / experts⌉. */
export const tokensPerExpert = (tokens: number, experts: number, k: number): number =>
  Math.min(tokens, Math.ceil((k * tokens) / experts));

/**
 * Each expert takes the ⌈k·tokens/E⌉ tokens of its highest probability softmax_expert(logits), which is also the weight. Loads are equal by
 * construction, no balance loss is needed, and a token can go to any number of experts, none included.
 *
 * Ties go by turns: of equal probabilities, expert e prefers token e · ⌈k·tokens/E⌉ mod tokens, then the next one, and so on around.
 *
 * @remarks Who gets a token depends on the other tokens of the batch, later ones too: a language model that is trained with it has seen
 *   a little of the future, and cannot be sampled from token by token as it was trained.
 * @see Zhou et al. 2022, "Mixture-of-Experts with Expert Choice Routing"
 */
export function expertChoiceRouter(): Router {
  return {
    [treeLeaf]: true,
    name: 'expert-choice',
    tokensChoose: false,
    toString: () => 'expertChoiceRouter()',
    cores: (inSize, experts) => [scoreShape('gate', inSize, experts)],
    macs: (inSize, experts) => inSize * experts,
    choose(input) {
      const { experts, k } = input;
      const logits = scores(input);
      const probabilities = softmax(logits);
      const chosen = highestTokens(stopGradient(probabilities), tokensPerExpert(input.x.shape[0] ?? 0, experts, k));
      return {
        logits,
        probabilities,
        chosen,
        gates: multiply(probabilities, chosen).add(poison(logits)),
        ranks: undefined,
      };
    },
  };
}

/** 1 where a token is among the `count` highest of an expert: `f32[token, expert]`. */
function highestTokens(values: Tensor, count: number): Tensor {
  const [tokens = 0, experts = 0] = values.shape;
  if (tokens === 0) return values;
  const expert = reshape(arange(experts), [1, experts]);
  const start = multiply(expert, count % tokens);
  const turned = remainder(add(reshape(arange(tokens), [tokens, 1]), start), tokens);
  const places = slice(argSort(takeAlongAxis(values, turned, 0), 0, { descending: true }), [0, 0], [count, experts]);
  const taken = remainder(add(places, start), tokens);
  const flat = reshape(add(multiply(taken, experts), expert), [count * experts]);
  return reshape(scatterAdd(flat, ones([count * experts]), tokens * experts), [tokens, experts]);
}
