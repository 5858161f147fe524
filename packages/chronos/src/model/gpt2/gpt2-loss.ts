import { cast, logicalAnd, maximum, slice, type Tensor } from '@einlab/einsum-core';
import { crossEntropy } from '@einlab/nn';
import type { ChronosGpt2Config } from '../../config/chronos-config.ts';
import { applyGpt2, type Gpt2Inputs, type Gpt2Parameters } from './gpt2-model.ts';

/** The cross-entropy in nats of every visible id after a visible one, those of the context too, as the reference trains causal models. */
export function gpt2Loss(parameters: Gpt2Parameters, config: ChronosGpt2Config, { ids, visible }: Gpt2Inputs): Tensor {
  const [batch, time] = ids.shape;
  const before = (x: Tensor): Tensor => slice(x, [0, 0], [batch, time - 1]);
  const after = (x: Tensor): Tensor => slice(x, [0, 1], [batch, time]);
  const logits = applyGpt2(parameters, config, { ids: before(ids), visible: before(visible) });
  const isLearned = cast(logicalAnd(before(visible), after(visible)), 'f32');
  const losses = crossEntropy(logits, maximum(after(ids), 0), { reduction: 'none' });
  return losses.multiply(isLearned).sum().divide(maximum(isLearned.sum(), 1));
}
