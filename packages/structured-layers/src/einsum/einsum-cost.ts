import type { EinsumSizes } from './einsum-sizes.ts';

/** Which factor is contracted with the input first. */
export type EinsumOrder = 'left-first' | 'right-first';

/** Exact integers of a two-factor einsum layer, per input vector. */
export interface EinsumCost {
  /** γφρ(αδ + βε) */
  readonly parameters: number;
  /** φδργβ(α + ε) with `left` first, φεργα(β + δ) with `right` first. */
  readonly macs: number;
  /** Elements between the factors: φδργβ with `left` first, φεργα with `right` first. */
  readonly activation: number;
}

/** The costs of a layer in one of the orders. */
export function einsumCost(sizes: EinsumSizes, order: EinsumOrder): EinsumCost {
  const { alpha, beta, gamma, delta, epsilon, phi, rho } = sizes;
  const parameters = gamma * phi * rho * (alpha * delta + beta * epsilon);
  const [waiting, made, digits] =
    order === 'left-first' ? [beta, delta, alpha + epsilon] : [alpha, epsilon, beta + delta];
  const activation = phi * rho * gamma * waiting * made;
  return { parameters, macs: activation * digits, activation };
}

/** The order with fewer multiply-accumulates, then with the smaller state between the factors; `left` first among equals. */
export function cheaperOrder(sizes: EinsumSizes): EinsumOrder {
  const [left, right] = [einsumCost(sizes, 'left-first'), einsumCost(sizes, 'right-first')];
  return right.macs - left.macs < 0 || (right.macs === left.macs && right.activation < left.activation)
    ? 'right-first'
    : 'left-first';
}

/**
 * The rank that the axes alone allow, without padding:
 *
 *   min(in, out, γβ·min(α, δφρ), φδ·min(ε, βγρ), γα·min(β, εφρ), φε·min(δ, αγρ))
 *
 * @remarks Reached by nearly all sizes; where digits are shared and ρ > 1 a few stay one or two below: α, β = 3, 5 and δ, ε = 5, 3
 *   with ρ = 2 have rank 14, not 15.
 */
export function einsumRankBound({ alpha, beta, gamma, delta, epsilon, phi, rho }: EinsumSizes): number {
  return Math.min(
    alpha * beta * gamma,
    delta * epsilon * phi,
    gamma * beta * Math.min(alpha, delta * phi * rho),
    phi * delta * Math.min(epsilon, beta * gamma * rho),
    gamma * alpha * Math.min(beta, epsilon * phi * rho),
    phi * epsilon * Math.min(delta, alpha * gamma * rho),
  );
}
