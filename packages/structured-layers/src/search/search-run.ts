/** One training run of a search: JSON, so that it can be stored, hashed and handed to another machine. */
export interface SearchRun {
  readonly candidate: string;
  readonly width: number;
  readonly seed: number;
  readonly steps: number;
}

/** What a run came to. */
export interface SearchResult extends SearchRun {
  /** Multiply-accumulates of one forward pass for one example. */
  readonly macs: number;
  /** Multiply-accumulates of the whole run, forward: macs · examples seen. */
  readonly compute: number;
  readonly loss: number;
}

/** A run's name: equal runs, equal names. */
export const searchRunKey = ({ candidate, width, seed, steps }: SearchRun): string =>
  JSON.stringify([candidate, width, seed, steps]);
