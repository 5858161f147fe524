import { dataFailure } from '../base/check.ts';

/** The k whose top-k errors are certified. */
export const topKs: readonly number[] = [1, 2, 3, 4, 5, 10, 50, 100];

/** The part of the tokens whose right answer was not among the k likeliest. */
export interface TopKStatistics {
  readonly k: number;
  readonly error: number;
}

/**
 * The rank of a token among logits: how many are larger, ties decided by the ids.
 *
 *   rank = #{j: x_j > x_y} + #{j < y: x_j = x_y}
 */
export function rankOf(
  logits: ArrayLike<number>,
  token: number,
  offset: number = 0,
  vocabulary: number = logits.length,
): number {
  const own = logits[offset + token];
  let rank = 0;
  for (let j = 0; j < vocabulary; j++) {
    const other = logits[offset + j];
    if (other > own || (other === own && j < token)) rank += 1;
  }
  return rank;
}

/** Counts ranks while they pass by. */
export class RankScore {
  readonly #vocabulary: number;
  readonly #wrong = new Float64Array(topKs.length);
  #count = 0;

  constructor(vocabulary: number) {
    this.#vocabulary = vocabulary;
  }

  /** Adds the next ranks, 0 for the likeliest token. @throws {EinlabError} `data`, naming a rank outside the vocabulary */
  add(ranks: ArrayLike<number>): void {
    for (let i = 0; i < ranks.length; i++) {
      const rank = ranks[i];
      if (!(Number.isInteger(rank) && rank >= 0 && rank < this.#vocabulary)) {
        throw dataFailure(
          `the rank of token ${this.#count + i} is ${rank}; expected a whole number in [0, ${this.#vocabulary}), the vocabulary`,
          { token: this.#count + i, rank },
        );
      }
      for (let at = 0; at < topKs.length; at++) if (rank >= topKs[at]) this.#wrong[at] += 1;
    }
    this.#count += ranks.length;
  }

  /** Ranks counted so far. */
  get count(): number {
    return this.#count;
  }

  /** The errors for every k below the vocabulary. */
  finish(): readonly TopKStatistics[] {
    return topKs.flatMap((k, i) => (k < this.#vocabulary ? [{ k, error: this.#wrong[i] / this.#count }] : []));
  }
}
