import type { RandomKey } from '@einlab/numerics';
import type { Interventions } from '../data/interventions.ts';
import type { DatTraining } from '../independence/dat-options.ts';
import type { Decision } from '../independence/decision.ts';
import type { SearchControl } from './discovery.ts';
import type { Knowledge } from './knowledge.ts';
import type { NetworkNeighborhoodOptions } from './network-neighborhood.ts';
import type { DatCheckpoint } from './search-checkpoint.ts';

/** How DAT-Graph searches. */
export interface DatGraphOptions extends SearchControl {
  readonly key: RandomKey;
  /** `neural` tests with networks; `linear` with the closed form and Fisher's test, in seconds. `neural` by default. */
  readonly test?: 'neural' | 'linear';
  /** `constraints` directs by separating sets; `hybrid` by a differentiable fit under the skeleton's mask. `constraints` by default. */
  readonly orientation?: 'constraints' | 'hybrid';
  readonly interventions?: Interventions;
  readonly knowledge?: Knowledge;
  /**
   * What finds the candidate pairs: `networks` that predict each variable from all others, sparse in their inputs, beside the closed form; or the
   * closed form of an `additive` regression alone. `networks` by default for neural tests, `additive` for linear ones.
   */
  readonly neighborhoods?: 'networks' | 'additive';
  /** How the networks are fitted. */
  readonly neighborhoodFit?: NetworkNeighborhoodOptions;
  /** Least importance of a candidate in the networks; 0.2 by default. */
  readonly candidateImportance?: number;
  /** Largest p-value of a candidate pair in the additive regression; 0.001 by default. */
  readonly candidateLevel?: number;
  /**
   * Least share of the remaining variance that a candidate explains in the additive regression; 0.01 by default, 0.05 beside networks, 0 keeps all that
   * are significant.
   */
  readonly candidateStrength?: number;
  /** The most variables of a blanket that a test looks at; 40 by default, the strongest ones. */
  readonly maxBlanket?: number;
  readonly training?: DatTraining;
  /** By default two standard errors, with a weight of 2 for what networks of the neighborhoods use. */
  readonly decision?: Decision;
  /** Level of the linear tests; 0.01 by default. */
  readonly alpha?: number;
  /** Tests trained together, and written down together; 256 by default. */
  readonly chunk?: number;
  /** Where finished chunks are kept. */
  readonly checkpoint?: DatCheckpoint;
  /** Steps of the hybrid's fit; 8000 by default. */
  readonly hybridSteps?: number;
}
