import { EinlabError } from '@einlab/einsum-core';
import { type BootstrapInterval, bootstrap, type RandomKey, rngFromKey } from '@einlab/numerics';

/** A score of one data set beside that of the baseline. */
export interface RelativeScore {
  readonly name: string;
  readonly score: number;
  readonly baseline: number;
}

/** Scores over data sets, relative to a baseline. */
export interface AggregateScore extends BootstrapInterval {
  /** Data sets on which the score is below the baseline's, ties counted half. */
  readonly wins: number;
  readonly count: number;
}

/**
 * The geometric mean of score/baseline over data sets, with its percentile interval over data sets drawn with replacement. A score that is
 * not finite counts as the baseline's.
 *
 * @throws {EinlabError} `data` when there are none, or a baseline is not above 0
 */
export function aggregateScores(scores: readonly RelativeScore[], key: RandomKey): AggregateScore {
  if (scores.length === 0) throw new EinlabError('data', 'aggregateScores: there are no scores to aggregate');
  const logs = scores.map(({ name, score, baseline }) => {
    if (!(baseline > 0)) {
      throw new EinlabError('data', `aggregateScores: the baseline of ${name} is ${baseline}; expected a number > 0`, {
        name,
        baseline,
      });
    }
    return Number.isFinite(score) ? Math.log(score / baseline) : 0;
  });
  const geometric = (sample: readonly number[]): number =>
    Math.exp(sample.reduce((total, value) => total + value, 0) / sample.length);
  return {
    ...bootstrap(logs, geometric, { rng: rngFromKey(key), resamples: 2000 }),
    wins: logs.reduce((total, value) => total + (value < 0 ? 1 : value === 0 ? 0.5 : 0), 0),
    count: logs.length,
  };
}
