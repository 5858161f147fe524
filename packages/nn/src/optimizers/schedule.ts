import { EinlabError } from '@einlab/einsum-core';
import { assertOption } from './optimizer.ts';

/** The learning rate of a step; steps count from 0. */
export type Schedule = (step: number) => number;

/** A rate that is reached along a line: rate·(step + 1)/warmup, then stays. */
export interface ConstantRateOptions {
  readonly rate: number;
  /** Steps until the full rate; default 0. */
  readonly warmup?: number;
}

/** A rate that is reached along a line and then falls along half a cosine. */
export interface CosineRateOptions extends ConstantRateOptions {
  /** Steps of the whole run. */
  readonly steps: number;
  /** The last rate as a fraction of the full one; default 0.1. */
  readonly floor?: number;
}

/** The same rate at every step, after a linear warm-up. */
export function constantRate({ rate, warmup = 0 }: ConstantRateOptions): Schedule {
  assertOption('constantRate', 'rate', rate, 0);
  assertWarmup('constantRate', warmup);
  return (step) => (step < warmup ? (rate * (step + 1)) / warmup : rate);
}

/**
 * Linear warm-up, then half a cosine down to `floor`:
 *
 *   rate · (floor + (1 − floor) · (1 + cos(π·(step − warmup)/(steps − warmup)))/2)
 *
 * Beyond `steps` the rate stays at rate·floor.
 * @see Loshchilov, Hutter 2017, "SGDR: Stochastic Gradient Descent with Warm Restarts"
 */
export function cosineRate({ rate, steps, warmup = 0, floor = 0.1 }: CosineRateOptions): Schedule {
  assertOption('cosineRate', 'rate', rate, 0);
  assertWarmup('cosineRate', warmup);
  if (!(floor >= 0 && floor <= 1)) {
    throw new EinlabError(
      'option',
      `cosineRate: floor is ${floor}; expected a number in [0, 1], a fraction of the rate`,
      { floor },
    );
  }
  if (!Number.isInteger(steps) || steps < 1) {
    throw new EinlabError('option', `cosineRate: steps is ${steps}; expected a whole number ≥ 1`, { steps });
  }
  return (step) => {
    if (step < warmup) return (rate * (step + 1)) / warmup;
    const progress = steps > warmup ? Math.min(1, (step - warmup) / (steps - warmup)) : 1;
    return rate * (floor + ((1 - floor) * (1 + Math.cos(Math.PI * progress))) / 2);
  };
}

function assertWarmup(where: string, warmup: number): void {
  if (Number.isInteger(warmup) && warmup >= 0) return;
  throw new EinlabError('option', `${where}: warmup is ${warmup}; expected a whole number of steps ≥ 0`, { warmup });
}
