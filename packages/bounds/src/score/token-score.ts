import { dataFailure } from '../base/check.ts';
import { nats } from '../base/units.ts';
import { defaultBets } from '../inequality/freedman-bound.ts';
import { type LossRange, lossRange, smoothedLoss } from '../risk/smoothing.ts';
import {
  addTokens,
  blockSums,
  clearMoments,
  createMoments,
  mergeMoments,
  type Moments,
  quadratureOf,
} from './moments.ts';

/** The smoothing weights that are tried by default; choosing among them costs log₂ 8 bits. */
export const defaultWeights: readonly number[] = [1e-4, 1e-3, 5e-3, 0.01, 0.05, 0.1, 0.25, 0.5];

/** How tokens are scored. */
export interface ScoreOptions {
  readonly vocabulary: number;
  /** Default `defaultWeights`. */
  readonly weights?: readonly number[];
  /** Default `defaultBets`. */
  readonly bets?: readonly number[];
}

/** What the tokens have shown under one smoothing weight. */
export interface WeightStatistics {
  readonly weight: number;
  /** R̂, the mean smoothed loss in bits. */
  readonly risk: number;
  /** For each bet, the mean of v(s·A). */
  readonly betCosts: readonly number[];
}

/** What the tokens have shown. */
export interface TokenStatistics {
  /** Tokens scored. */
  readonly count: number;
  /** The mean of −log₂ p without smoothing; Infinity where a token had no probability. */
  readonly unsmoothed: number;
  readonly byWeight: readonly WeightStatistics[];
}

/** ln p above this is no rounding of 0 any more. */
const roundingNats = 1e-5;

/** The length of the block that starts after `position` tokens: its center is what was known before it. */
export const blockLength = (position: number): number => Math.min(2 ** 20, Math.max(64, Math.floor(position / 8)));

/** Refuses the first of some log-probabilities that is none. */
export function assertLogProbabilities(
  where: string,
  values: Float32Array | Float64Array,
  scale: number,
  position: number,
): void {
  for (let i = 0; i < values.length; i++) {
    // one comparison per token finds NaN and what is above 0; the rest is said about the culprit alone
    if (values[i] <= 0) continue;
    const value = values[i];
    if (Number.isNaN(value))
      throw dataFailure(`${where}: the log-probability of token ${position + i} is NaN; expected a number ≤ 0`, {
        token: position + i,
      });
    if (value * scale > roundingNats) {
      throw dataFailure(
        `${where}: the log-probability of token ${position + i} is ${value}, a probability of ${Math.exp(value * scale).toPrecision(6)} above 1; expected ≤ 0 (are these losses? then give them the other sign)`,
        { token: position + i, value },
      );
    }
  }
}

/** Statistics that are collected while log-probabilities pass by, in their order; one pass, constant memory. */
export class TokenScore {
  readonly #weights: readonly number[];
  readonly #bets: readonly number[];
  readonly #vocabulary: number;
  readonly #ranges: readonly LossRange[];
  readonly #block = createMoments();
  readonly #all = createMoments();
  readonly #losses: Float64Array;
  readonly #costs: readonly Float64Array[];
  #position = 0;
  #blockStart = 0;
  #blockEnd = blockLength(0);
  #sum = 0;

  constructor({ vocabulary, weights = defaultWeights, bets = defaultBets }: ScoreOptions) {
    this.#vocabulary = vocabulary;
    this.#weights = weights;
    this.#bets = bets;
    this.#ranges = weights.map((weight) => lossRange({ vocabulary, weight }));
    this.#losses = new Float64Array(weights.length);
    this.#costs = weights.map(() => new Float64Array(bets.length));
  }

  /**
   * Adds the next tokens.
   *
   * @param scale - 1 for ln p, ln 2 for log₂ p
   * @throws {EinlabError} `data`, naming the token whose log-probability is NaN or above 0
   */
  add(values: Float32Array | Float64Array, scale: number = 1, where: string = 'the log-probabilities'): void {
    assertLogProbabilities(where, values, scale, this.#position);
    for (let at = 0; at < values.length; ) {
      const stop = Math.min(values.length, at + this.#blockEnd - this.#position);
      addTokens(this.#block, values, at, stop, scale);
      for (let i = at; i < stop; i++) this.#sum -= values[i] * scale;
      this.#position += stop - at;
      at = stop;
      if (this.#position === this.#blockEnd) this.#closeBlock();
    }
  }

  /** The statistics of all tokens so far. */
  finish(): TokenStatistics {
    this.#closeBlock();
    const count = this.#position;
    return {
      count,
      unsmoothed: this.#sum / Math.LN2 / count,
      byWeight: this.#weights.map((weight, a) => ({
        weight,
        risk: this.#losses[a] / count,
        betCosts: Array.from(this.#costs[a], (cost) => cost / count),
      })),
    };
  }

  /** The whole distribution, for other functions of ln p. */
  get moments(): Moments {
    return this.#all;
  }

  #closeBlock(): void {
    if (this.#position > this.#blockStart) {
      const quadrature = quadratureOf(this.#block);
      const start = this.#blockStart;
      this.#weights.forEach((weight, a) => {
        const range = this.#ranges[a];
        const smoothing = { vocabulary: this.#vocabulary, weight };
        const losses = quadrature.points.map((logP) => smoothedLoss(nats(logP), smoothing));
        const center = start === 0 ? (range.low + range.high) / 2 : this.#losses[a] / start;
        const sums = blockSums(quadrature, losses, center, range, this.#bets);
        this.#losses[a] += sums.loss;
        for (let b = 0; b < this.#bets.length; b++) this.#costs[a][b] += sums.bets[b];
      });
      mergeMoments(this.#all, this.#block);
      clearMoments(this.#block);
    }
    this.#blockStart = this.#position;
    this.#blockEnd = this.#position + blockLength(this.#position);
  }
}
