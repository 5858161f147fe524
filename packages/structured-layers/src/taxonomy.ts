import type { StructuredMap } from '@einlab/nn';
import { checkedTheta, type Theta } from './einsum/theta.ts';

/** The exponents of a family of maps d → d in the limit of large d. */
export interface Taxonomy {
  /** ω of macs/parameters = Θ(d^ω): parameter sharing, 0 when each parameter is used about once per vector. */
  readonly omega: number;
  /** ψ of rank = Θ(d^ψ): 1 for full rank. */
  readonly psi: number;
  /** ν of macs = Θ(d^(1+ν)): 1 for dense. */
  readonly nu: number;
}

/**
 * The exponents of a point of the einsum space, whichever factor is contracted first:
 *
 *   ν = min over the two orders of log_d(macs) − 1
 *   ψ = min(1, 2 + ρ − α − ε, 2 + ρ − β − δ)
 *   ω = log_d(macs) − log_d(parameters)
 *
 * @remarks ω = 0 leaves lower-order sharing possible: the exact ratio of a map is `macs / parameterCount`.
 * @throws {EinlabError} `option` for a point off the simplex or with ρ above its maximum
 * @see Potapczynski, Qiu et al. 2024. Departs from it: its formulas hold for the canonical order only, and the tensor train of its published
 *   figure, (1/3, 2/3, 0, 3/4, 1/4, 0, 0), is not canonical: it has ψ = 7/12, ν = 1/3, ω = 1/4 instead of 1, 3/4, 2/3.
 */
export function taxonomy(theta: Theta): Taxonomy {
  const { alpha, beta, gamma, delta, epsilon, phi, rho } = checkedTheta('taxonomy', theta);
  const leftFirst = phi + delta + rho + gamma + beta + Math.max(alpha, epsilon);
  const rightFirst = phi + epsilon + rho + gamma + alpha + Math.max(beta, delta);
  const macs = Math.min(leftFirst, rightFirst);
  const parameters = gamma + phi + rho + Math.max(alpha + delta, beta + epsilon);
  return {
    omega: Math.max(0, macs - parameters),
    psi: Math.min(1, 2 + rho - alpha - epsilon, 2 + rho - beta - delta),
    nu: macs - 1,
  };
}

/** What a map costs and can do, in whole numbers, and the three exponents in which structures are compared. */
export interface ExactTaxonomy extends Taxonomy {
  readonly parameters: number;
  /** Multiply-accumulates per input vector. */
  readonly macs: number;
  readonly rank: number;
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
