import type { StructuredMap } from '@einlab/nn';

/** What a map costs and can do, in whole numbers, and the three exponents in which structures are compared. */
export interface ExactTaxonomy {
  readonly parameters: number;
  /** Multiply-accumulates per input vector. */
  readonly macs: number;
  readonly rank: number;
  /** ω = log_d(macs/parameters): how often a parameter is used, 0 for once. */
  readonly omega: number;
  /** ψ = log_d(rank): 1 for full rank. */
  readonly psi: number;
  /** ν = log_d(macs) − 1: 1 for dense. */
  readonly nu: number;
}

/**
 * The exact counts of a map, and its exponents with respect to d = √(in·out) at this very size.
 *
 * @remarks The exponents of a family are their limits for large d; at one size constant factors show in them, and for
 *   d = 1 they are NaN.
 * @see Potapczynski, Qiu et al. 2024, "Searching for Efficient Linear Layers over a Continuous Space of Structured Matrices"
 */
export function exactTaxonomy(map: StructuredMap): ExactTaxonomy {
  const { parameterCount: parameters, macs, rank } = map;
  const unit = Math.log(map.in * map.out) / 2;
  const exponent = (value: number): number => Math.log(value) / unit;
  return { parameters, macs, rank, omega: exponent(macs / parameters), psi: exponent(rank), nu: exponent(macs) - 1 };
}
