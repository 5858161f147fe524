import { dataFailure } from '../base/check.ts';
import { nats } from '../base/units.ts';
import { lossRange, smoothedLoss } from '../risk/smoothing.ts';
import { addTokens, blockSums, createMoments, quadratureOf } from './moments.ts';
import { defaultWeights, type ScoreOptions } from './token-score.ts';

/** What documents have shown: the mean over documents of their mean losses. */
export interface DocumentStatistics {
  readonly count: number;
  readonly byWeight: readonly { readonly weight: number; readonly risk: number }[];
}

/** Statistics of documents: each token counts 1 over the tokens of its document. */
export class DocumentScore {
  readonly #moments = createMoments();
  readonly #options: ScoreOptions;
  #count = 0;

  constructor(options: ScoreOptions) {
    this.#options = options;
  }

  /** Adds one whole document. @throws {EinlabError} `data` for a document without tokens */
  add(values: Float32Array | Float64Array, scale: number = 1): void {
    if (values.length === 0) throw dataFailure(`document ${this.#count} has no tokens; expected at least one`);
    addTokens(this.#moments, values, 0, values.length, scale, 1 / values.length);
    this.#count += 1;
  }

  /** The statistics of all documents so far. */
  finish(): DocumentStatistics {
    const { vocabulary, weights = defaultWeights } = this.#options;
    const quadrature = quadratureOf(this.#moments);
    return {
      count: this.#count,
      byWeight: weights.map((weight) => {
        const smoothing = { vocabulary, weight };
        const losses = quadrature.points.map((logP) => smoothedLoss(nats(logP), smoothing));
        return { weight, risk: blockSums(quadrature, losses, 0, lossRange(smoothing), []).loss / this.#count };
      }),
    };
  }
}
