import { EinlabError } from '@einlab/einsum-core';

/** One adjacency test: does some subset of z make y independent of x? All by position of a column. */
export interface DatTask {
  readonly x: number;
  readonly y: number;
  readonly z: readonly number[];
  /** Members of z that belong to every set, such as known causes and interventions. */
  readonly always?: readonly number[];
}

/** How the networks are trained. */
export interface DatTraining {
  /** Units of each hidden layer; 32 by default. */
  readonly hidden?: number;
  /** Rows of a step; 128 by default. */
  readonly batch?: number;
  /** Steps of the game, half of them for ψ and half for the networks; 2000 by default. */
  readonly gameSteps?: number;
  /** Steps in which the networks are fitted again at the rounded ψ; 1000 by default. */
  readonly refitSteps?: number;
  /** Adam's rate; 0.003 by default. */
  readonly rate?: number;
  /** Weight at which ψ(1 − ψ) is punished at the end of the game; 0 by default, since ψ is rounded and certified anyway. */
  readonly roundingPenalty?: number;
  /** Permutations behind a p-value for each test; none by default. */
  readonly permutations?: number;
}

/** Settings with all defaults filled in. */
export type FullDatTraining = Required<DatTraining>;

export const fullTraining = (options: DatTraining = {}): FullDatTraining => {
  const full = {
    hidden: 32,
    batch: 128,
    gameSteps: 2000,
    refitSteps: 1000,
    rate: 3e-3,
    roundingPenalty: 0,
    permutations: 0,
    ...options,
  };
  for (const name of ['hidden', 'batch', 'gameSteps', 'refitSteps'] as const) {
    if (!Number.isInteger(full[name]) || full[name] < 1)
      throw new EinlabError('option', `dat: ${name} is ${full[name]}; expected a whole number ≥ 1`, {
        [name]: full[name],
      });
  }
  return full;
};

/** What one test found. */
export interface DatOutcome {
  /** ψ before rounding, `f64[z]`: 1 keeps a variable, 0 replaces it by noise. */
  readonly psi: Float64Array;
  /** Members of z with ψ > ½. */
  readonly set: readonly number[];
  /** What x explains of y on held-out rows, given the set. */
  readonly varianceExplained: number;
  /** What it explained at the fractional ψ, on the last batches of the game. */
  readonly softVarianceExplained: number;
  /** `f64[heldOut]`: loss without x less loss with x, row by row. */
  readonly differences: Float64Array;
  /** What x explained along the game. */
  readonly trace: readonly number[];
  /** With permutations: how likely as much is explained where x does not act beyond the set. */
  readonly pValue?: number;
}
