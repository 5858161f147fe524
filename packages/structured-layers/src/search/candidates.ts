import { EinlabError } from '@einlab/einsum-core';
import { normal, type Rng, uniform } from '@einlab/numerics';
import { type GridPoint, paperGrid } from '../einsum/points.ts';
import { canonicalTheta, formatTheta, type Theta } from '../einsum/theta.ts';
import { taxonomy } from '../taxonomy.ts';

/** What a search compares: dense matrices, or a point of the einsum space. */
export interface SearchCandidate {
  /** For people and tables; unique in a search. */
  readonly name: string;
  /** Absent for dense matrices trained as one matrix, which are the baseline. */
  readonly theta?: Theta;
}

/** Bounds on the taxonomy of sampled points. */
export interface SpaceLimits {
  readonly maxOmega?: number;
  readonly minPsi?: number;
  readonly maxNu?: number;
}

/** The baseline: every search has it, and halving keeps it. */
export const denseCandidate: SearchCandidate = { name: 'dense' };

/** The points of the paper. */
export const gridCandidates = (points: readonly GridPoint[] = paperGrid): readonly SearchCandidate[] => points;

const isWithin = (theta: Theta, { maxOmega = 1, minPsi = 0, maxNu = 1 }: SpaceLimits): boolean => {
  const { omega, psi, nu } = taxonomy(theta);
  return omega <= maxOmega + 1e-9 && psi >= minPsi - 1e-9 && nu <= maxNu + 1e-9;
};

/** Draws that may miss the limits, for each point wanted. */
const patience = 2000;

/** Exponents are drawn in hundredths, so that they can be written and read. */
const grain = 100;

/**
 * Random canonical points of the space: each side spreads over a random, non-empty choice of its axes, and ρ is 0 in half of the points.
 *
 * @throws {EinlabError} `option` when the limits leave next to nothing
 */
export function randomCandidates(count: number, rng: Rng, limits: SpaceLimits = {}): readonly SearchCandidate[] {
  return drawn(count, limits, () => {
    const [alpha, beta, gamma] = side(rng);
    const [delta, epsilon, phi] = side(rng);
    const most = Math.max(Math.min(alpha, epsilon), Math.min(beta, delta));
    const rho = uniform(rng) < 0.5 ? 0 : Math.floor(uniform(rng) * most * grain) / grain;
    return { alpha, beta, gamma, delta, epsilon, phi, rho };
  });
}

/**
 * Points near good ones: axes that a point uses move by normal steps, and those that it does not use stay at 0.
 *
 * @param around - the points to start from, in turn
 * @param scale - standard deviation of a step; default 0.1
 */
export function refinedCandidates(
  around: readonly Theta[],
  count: number,
  rng: Rng,
  limits: SpaceLimits = {},
  scale = 0.1,
): readonly SearchCandidate[] {
  if (around.length === 0) throw new EinlabError('option', 'refinedCandidates: there are no points to refine');
  let turn = 0;
  return drawn(count, limits, () => {
    const theta = around[turn++ % around.length] as Theta;
    const moved = (values: readonly [number, number, number]): readonly [number, number, number] =>
      rounded(values.map((value) => (value > 0 ? Math.max(0.01, value + scale * normal(rng)) : 0)));
    const [alpha, beta, gamma] = moved([theta.alpha, theta.beta, theta.gamma]);
    const [delta, epsilon, phi] = moved([theta.delta, theta.epsilon, theta.phi]);
    const most = Math.max(Math.min(alpha, epsilon), Math.min(beta, delta));
    const rho = Math.min(most, Math.max(0, Math.round((theta.rho + scale * normal(rng)) * grain) / grain));
    return { alpha, beta, gamma, delta, epsilon, phi, rho };
  });
}

function drawn(count: number, limits: SpaceLimits, draw: () => Theta): readonly SearchCandidate[] {
  const found = new Map<string, SearchCandidate>();
  for (let attempt = 0; found.size < count; attempt++) {
    if (attempt >= count * patience) {
      throw new EinlabError(
        'option',
        `search: only ${found.size} of ${count} points were found within ${JSON.stringify(limits)}; expected limits that leave more of the space, or fewer candidates`,
        { limits, count },
      );
    }
    const theta = canonicalTheta(draw());
    const name = formatTheta(theta);
    if (isWithin(theta, limits)) found.set(name, { name, theta });
  }
  return [...found.values()];
}

/** Exponents of a side: uniform over the simplex of a random choice of its axes. */
function side(rng: Rng): readonly [number, number, number] {
  for (;;) {
    const weights = Array.from({ length: 3 }, () => (uniform(rng) < 0.6 ? -Math.log(1 - uniform(rng)) : 0));
    if (weights.some((weight) => weight > 0)) return rounded(weights);
  }
}

/** Shares in hundredths that sum to exactly 1; the largest takes what rounding leaves. */
function rounded(weights: readonly number[]): readonly [number, number, number] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const parts = weights.map((weight) => (weight > 0 ? Math.max(1, Math.round((grain * weight) / total)) : 0));
  const largest = parts.indexOf(Math.max(...parts));
  parts[largest] = grain - parts.reduce((sum, part, i) => (i === largest ? sum : sum + part), 0);
  const [a = 0, b = 0, c = 0] = parts.map((part) => part / grain);
  return [a, b, c];
}
