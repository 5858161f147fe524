import {
  add,
  argSort,
  arange,
  cast,
  cumulativeSum,
  EinlabError,
  greater,
  less,
  lessEqual,
  multiply,
  negate,
  reshape,
  stopGradient,
  type Tensor,
  where,
} from '@einlab/einsum-core';
import { positiveNumber, wholeNumber } from '../options.ts';
import type { Choice } from './router.ts';

/**
 * Who is dropped where more tokens choose an expert than it takes.
 *
 * - `last`: the later ones in the order of the batch
 * - `later-choice`: second choices before first choices, then the later ones in the batch, as GShard does
 * - `lightest`: those of the smallest weight, as in batch-prioritized routing
 */
export type DropPolicy = 'last' | 'later-choice' | 'lightest';

/** A limit on the tokens of each expert, and who is dropped above it. */
export interface Capacity {
  /** Times the equal share k·tokens/E, rounded up; give this or `tokens`. */
  readonly factor?: number;
  /** A number of tokens for each expert. */
  readonly tokens?: number;
  readonly drop: DropPolicy;
}

const policies: readonly DropPolicy[] = ['last', 'later-choice', 'lightest'];

/** Refuses a capacity that is none. @throws {EinlabError} `option` */
export function assertCapacity(where: string, { factor, tokens, drop }: Capacity): void {
  if ((factor === undefined) === (tokens === undefined)) {
    throw new EinlabError(
      'option',
      `${where}: capacity has ${factor === undefined ? 'neither factor nor tokens' : `factor ${factor} and tokens ${tokens}`}; expected one of them`,
      { factor, tokens },
    );
  }
  if (factor !== undefined) positiveNumber(where, 'capacity.factor', factor);
  if (tokens !== undefined) wholeNumber(where, 'capacity.tokens', tokens, 1);
  if (!policies.includes(drop)) {
    throw new EinlabError(
      'option',
      `${where}: capacity.drop is ${JSON.stringify(drop)}; expected ${policies.join(', ')}`,
      { drop },
    );
  }
}

/** Tokens that each expert takes at most. */
export const capacityOf = (
  { factor = 1, tokens }: Capacity,
  count: number,
  { experts, k }: { readonly experts: number; readonly k: number },
): number => tokens ?? Math.ceil((factor * k * count) / experts);

/**
 * The assignments that are kept, at most `limit` for each expert: `f32[token, expert]`, 0 or 1, without derivative.
 */
export function keptWithin(choice: Choice, limit: number, drop: DropPolicy): Tensor {
  const chosen = stopGradient(choice.chosen);
  const [tokens = 0] = chosen.shape;
  if (tokens <= limit) return chosen;
  if (drop === 'last') return multiply(chosen, cast(lessEqual(cumulativeSum(chosen, 0), limit), 'f32'));
  const order =
    drop === 'lightest'
      ? negate(stopGradient(choice.gates))
      : cast(add(multiply(choice.ranks ?? chosen, tokens), reshape(arange(tokens), [tokens, 1])), 'f32');
  const place = argSort(argSort(where(greater(chosen, 0), order, Number.POSITIVE_INFINITY), 0), 0);
  return multiply(chosen, cast(less(place, limit), 'f32'));
}
