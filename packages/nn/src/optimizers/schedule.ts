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

/** A rate that is reached along a line, stays, and falls along a line. */
export interface LinearRateOptions extends CosineRateOptions {
  /** Steps of the full rate between the two lines; default 0. */
  readonly plateau?: number;
}

/** A rate that is reached along a line and then falls with the root of the step. */
export interface InverseRootRateOptions {
  readonly rate: number;
  /** Steps until the full rate, from which on it falls; at least 1. */
  readonly warmup: number;
}

/** The same rate at every step, after a linear warm-up. */
export function constantRate({ rate, warmup = 0 }: ConstantRateOptions): Schedule {
  assertOption('constantRate', 'rate', rate, 0);
  assertSteps('constantRate', 'warmup', warmup, 0);
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
  assertFall('cosineRate', { rate, steps, warmup, floor });
  return (step) => {
    if (step < warmup) return (rate * (step + 1)) / warmup;
    const progress = steps > warmup ? Math.min(1, (step - warmup) / (steps - warmup)) : 1;
    return rate * (floor + ((1 - floor) * (1 + Math.cos(Math.PI * progress))) / 2);
  };
}

/**
 * Linear warm-up, `plateau` steps of the full rate, then a line down to `floor` (default 0.1), which is reached at `steps`:
 *
 *   rate · (1 − (1 − floor) · (step − warmup − plateau)/(steps − warmup − plateau))
 *
 * With a plateau of most of the run this is the trapezoid, whose fall can be put off while the run is extended.
 * @see Hägele et al. 2024, "Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations"
 */
export function linearRate({ rate, steps, warmup = 0, plateau = 0, floor = 0.1 }: LinearRateOptions): Schedule {
  assertFall('linearRate', { rate, steps, warmup, floor });
  assertSteps('linearRate', 'plateau', plateau, 0);
  const start = warmup + plateau;
  return (step) => {
    if (step < warmup) return (rate * (step + 1)) / warmup;
    const progress = steps > start ? Math.min(1, Math.max(0, step - start) / (steps - start)) : Number(step >= start);
    return rate * (1 - (1 - floor) * progress);
  };
}

/**
 * Linear warm-up to `rate`, then rate · √(warmup/(step + 1)): a schedule without an end.
 * @see Vaswani et al. 2017, "Attention Is All You Need", §5.3
 */
export function inverseRootRate({ rate, warmup }: InverseRootRateOptions): Schedule {
  assertOption('inverseRootRate', 'rate', rate, 0);
  assertSteps('inverseRootRate', 'warmup', warmup, 1);
  return (step) => rate * Math.min((step + 1) / warmup, Math.sqrt(warmup / (step + 1)));
}

/** Refuses settings of a rate that rises, and falls to a part of itself by the end of the run. */
function assertFall(where: string, { rate, steps, warmup, floor }: Required<CosineRateOptions>): void {
  assertOption(where, 'rate', rate, 0);
  assertSteps(where, 'warmup', warmup, 0);
  if (!(floor >= 0 && floor <= 1)) {
    throw new EinlabError(
      'option',
      `${where}: floor is ${floor}; expected a number in [0, 1], a fraction of the rate`,
      {
        floor,
      },
    );
  }
  assertSteps(where, 'steps', steps, 1);
}

function assertSteps(where: string, name: string, steps: number, least: number): void {
  if (Number.isInteger(steps) && steps >= least) return;
  throw new EinlabError('option', `${where}: ${name} is ${steps}; expected a whole number of steps ≥ ${least}`, {
    [name]: steps,
  });
}
