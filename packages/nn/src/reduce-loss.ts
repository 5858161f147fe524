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
