import { checkedTheta, type Theta } from './theta.ts';

const point = (
  alpha: number,
  beta: number,
  gamma: number,
  delta: number,
  epsilon: number,
  phi: number,
  rho: number,
): Theta => checkedTheta('einsumPoints', { alpha, beta, gamma, delta, epsilon, phi, rho });

/** The structures that have names, as points of the einsum space. */
export const einsumPoints: {
  /** One matrix as the elementwise product of two: what the space contains, not how to train a dense layer. */
  readonly dense: Theta;
  /** d^ρ is the rank. */
  readonly lowRank: (rho: number) => Theta;
  readonly kronecker: Theta;
  /** d^ρ is the bond. */
  readonly tensorTrain: (rho: number) => Theta;
  /** √d blocks. */
  readonly monarch: Theta;
  /** d^κ blocks, κ ≤ 1/2; outputs come in another order than those of `monarch({ blocks })`. */
  readonly monarchBlocks: (kappa: number) => Theta;
  /** d^ρ is the rank. */
  readonly blockTensorTrain: (rho: number) => Theta;
} = {
  dense: point(0, 0, 1, 0, 0, 1, 0),
  lowRank: (rho) => point(1, 0, 0, 0, 1, 0, rho),
  kronecker: point(1 / 2, 1 / 2, 0, 1 / 2, 1 / 2, 0, 0),
  tensorTrain: (rho) => point(1 / 2, 1 / 2, 0, 1 / 2, 1 / 2, 0, rho),
  monarch: point(1 / 2, 0, 1 / 2, 0, 1 / 2, 1 / 2, 0),
  monarchBlocks: (kappa) => point(1 - kappa, 0, kappa, 0, 1 - kappa, kappa, 1 - 2 * kappa),
  blockTensorTrain: (rho) => point(1 / 2, 0, 1 / 2, 0, 1 / 2, 1 / 2, rho),
};

/** A named point of the published search. */
export interface GridPoint {
  readonly name: string;
  readonly theta: Theta;
}

const third = 1 / 3;

/**
 * The points that the paper trained on language and regression: block tensor trains of full and of low rank, tensor trains, low
 * rank, and two points in the middle of the space.
 * @see Potapczynski, Qiu et al. 2024, the published configurations
 */
export const paperGrid: readonly GridPoint[] = Object.entries({
  btt1: point(1 / 2, 0, 1 / 2, 0, 1 / 2, 1 / 2, 0),
  btt2: point(third, 0, 1 - third, 0, 1 - third, third, 0),
  btt3: point(1 / 4, 0, 3 / 4, 0, 3 / 4, 1 / 4, 0),
  btt5: point(1 - third, 0, third, 0, third, 1 - third, 0),
  btt6: point(3 / 4, 0, 1 / 4, 0, 1 / 4, 3 / 4, 0),
  btt7: point(1 - third, 0, third, 0, 1 - third, third, 0),
  btt8: point(third, 0, 1 - third, 0, third, 1 - third, 0),
  btt9: point(3 / 4, 0, 1 / 4, 0, 3 / 4, 1 / 4, 0),
  btt10: point(1 / 4, 0, 3 / 4, 0, 1 / 4, 3 / 4, 0),
  btt11: point(1 / 2, 0, 1 / 2, 0, 1 / 2, 1 / 2, 1 / 4),
  btt12: point(1 / 2, 0, 1 / 2, 0, 1 / 2, 1 / 2, third),
  btt13: point(third, 0, 1 - third, 0, 1 - third, third, 1 / 4),
  btt14: point(1 - third, 0, third, 0, third, 1 - third, 1 / 4),
  btt15: point(1 - third, 0, third, 0, 1 - third, third, 1 / 4),
  btt16: point(third, 0, 1 - third, 0, third, 1 - third, 1 / 4),
  tt1: point(1 / 2, 1 / 2, 0, 1 / 2, 1 / 2, 0, 0),
  tt2: point(third, 1 - third, 0, third, 1 - third, 0, 0),
  tt3: point(1 / 2, 1 / 2, 0, 1 / 2, 1 / 2, 0, 1 / 4),
  tt4: point(third, 1 - third, 0, third, 1 - third, 0, 1 / 4),
  l1: point(1, 0, 0, 0, 1, 0, 3 / 4),
  l2: point(1, 0, 0, 0, 1, 0, 1 / 2),
  g1: point(1 / 2, 1 / 4, 1 / 4, 1 / 4, 1 / 2, 1 / 4, 0),
  g2: point(1 / 2, 1 / 4, 1 / 4, 1 / 4, 1 / 2, 1 / 4, 1 / 4),
}).map(([name, theta]) => ({ name, theta }));
