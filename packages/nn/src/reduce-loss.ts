import { EinlabError, mean, sum, type Tensor } from '@einlab/einsum-core';

/** How losses of single examples become one number. */
export interface LossOptions {
  /** Over all examples: `mean` (default), `sum`, or `none` to keep them apart. */
  readonly reduction?: 'mean' | 'sum' | 'none';
}

/** The losses of examples, reduced as asked for. */
export function reduceLoss(losses: Tensor, { reduction = 'mean' }: LossOptions, where: string): Tensor {
  if (reduction === 'mean') return mean(losses);
  if (reduction === 'sum') return sum(losses);
  if (reduction === 'none') return losses;
  throw new EinlabError(
    'option',
    `${where}: reduction is ${JSON.stringify(reduction)}; expected 'mean', 'sum' or 'none'`,
    { reduction },
  );
}

/** Refuses a target of another shape than the prediction: nothing is broadcast, because a forgotten axis would give a plausible number. */
export function assertSameShape(where: string, prediction: Tensor, target: Tensor): void {
  if (prediction.shape.join() === target.shape.join()) return;
  throw new EinlabError(
    'shape',
    `${where}: the prediction is [${prediction.shape.join(', ')}] but the target [${target.shape.join(', ')}]; expected equal shapes`,
    { prediction: prediction.shape, target: target.shape },
  );
}
