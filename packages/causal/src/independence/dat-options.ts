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
  /** Units of each hidden layer; 16 by default. */
  readonly hidden?: number;
  /** Hidden layers; 1 by default: with two the tests took twice as long and ranked pairs no better. */
  readonly layers?: number;
  /** Rows of a step; 128 by default. */
  readonly batch?: number;
  /** Steps of the game, half of them for ψ and half for the networks, so an odd number is one more; 2000 by default. */
  readonly gameSteps?: number;
  /** Steps in which the networks are fitted again at the rounded ψ, and as many once more given all of z; 1000 by default. */
  readonly refitSteps?: number;
  /** Whether the test is judged given all of z too; true by default. */
  readonly whole?: boolean;
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
    hidden: 16,
    layers: 1,
    batch: 128,
    gameSteps: 2000,
    refitSteps: 1000,
    whole: true,
    rate: 3e-3,
    roundingPenalty: 0,
    permutations: 0,
    ...options,
  };
  for (const name of ['hidden', 'layers', 'batch', 'gameSteps', 'refitSteps'] as const) {
    if (!Number.isInteger(full[name]) || full[name] < 1)
      throw new EinlabError('option', `dat: ${name} is ${full[name]}; expected a whole number ≥ 1`, {
        [name]: full[name],
      });
  }
  return full;
};

/** What x explains of y on held-out rows, given a set. */
export interface Certificate {
  readonly varianceExplained: number;
  /** `f64[heldOut]`: loss without x less loss with x, row by row. */
  readonly differences: Float64Array;
}

/** What one test found; its own certificate is that of the set. */
export interface DatOutcome extends Certificate {
  /** ψ before rounding, `f64[z]`: 1 keeps a variable, 0 replaces it by noise. */
  readonly psi: Float64Array;
  /** Members of z with ψ > ½. */
  readonly set: readonly number[];
  /** What it explained at the fractional ψ, on the last batches of the game. */
  readonly softVarianceExplained: number;
  /** The certificate given all of z. */
  readonly whole?: Certificate;
  /** What x explained along the game. */
  readonly trace: readonly number[];
  /** With permutations: how likely as much is explained where x does not act beyond the set. */
  readonly pValue?: number;
}
