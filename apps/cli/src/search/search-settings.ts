import type { SearchCandidate, SpaceLimits } from '@einlab/structured-layers';
import type { Settings } from '../compare/settings.ts';

/** What a search is asked to do, complete and checked; JSON, so that an interrupted one can be told from another. */
export interface SearchSettings {
  /** What every run has in common. Its structures are the labels of the candidates that the search begins with. */
  readonly runs: Settings;
  readonly space: 'grid' | 'random' | 'refined';
  /** The candidates that it begins with, dense first. */
  readonly candidates: readonly SearchCandidate[];
  /** How many join after the first rung, near the best. */
  readonly refined: number;
  readonly limits: SpaceLimits;
  /** Stages of successive halving, and the factor between them. */
  readonly rungs: number;
  readonly factor: number;
}
