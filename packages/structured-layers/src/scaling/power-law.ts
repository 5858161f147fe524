import { leastSquares, matrix } from '@einlab/numerics';
import type { ScalingPoint } from './frontier.ts';

/** loss = offset + coefficient · compute^(−exponent) */
export interface PowerLaw {
  readonly offset: number;
  readonly coefficient: number;
  readonly exponent: number;
  /** Of the exponent, from the residuals of the fit in logarithms; undefined for fewer than three points. */
  readonly standardError: number | undefined;
}

/** Options of `fitPowerLaw`. */
export interface PowerLawOptions {
  /** The loss that no compute goes below; 0 by default. `estimate` fits it too, which needs four points. */
  readonly offset?: number | 'estimate';
}

/**
 * Fits a power law by least squares on log(loss − offset) against log(compute).
 *
 * @returns undefined for fewer than two different computes, or for a loss that is not above the offset.
 */
export function fitPowerLaw(points: readonly ScalingPoint[], options: PowerLawOptions = {}): PowerLaw | undefined {
  const { offset = 0 } = options;
  if (offset !== 'estimate') return fitWithOffset(points, offset)?.law;
  if (points.length < 4) return undefined;
  return fitWithOffset(points, bestOffset(points))?.law;
}

interface Fit {
  readonly law: PowerLaw;
  readonly residualSquares: number;
}

function fitWithOffset(points: readonly ScalingPoint[], offset: number): Fit | undefined {
  if (points.some(({ loss }) => loss <= offset) || new Set(points.map(({ compute }) => compute)).size < 2)
    return undefined;
  const x = points.map(({ compute }) => Math.log(compute));
  const y = points.map(({ loss }) => Math.log(loss - offset));
  const center = x.reduce((total, each) => total + each, 0) / x.length;
  const design = matrix(
    x.length,
    2,
    x.flatMap((each) => [1, each - center]),
  );
  const { solution, residualSquares } = leastSquares(design, y);
  const [level = 0, slope = 0] = solution;
  const spread = x.reduce((total, each) => total + (each - center) ** 2, 0);
  const freedom = x.length - 2;
  const standardError = freedom > 0 ? Math.sqrt(residualSquares / freedom / spread) : undefined;
  return {
    law: { offset, coefficient: Math.exp(level - slope * center), exponent: -slope, standardError },
    residualSquares,
  };
}

/**
 * The offset with the smallest residual. Searched by its distance below the smallest loss, on a logarithmic grid that
 * narrows around the best value: the profile is smooth, but flat far away, where a slope would mislead.
 */
function bestOffset(points: readonly ScalingPoint[]): number {
  const least = Math.min(...points.map(({ loss }) => loss));
  const residual = (distance: number): number =>
    fitWithOffset(points, least - Math.exp(distance))?.residualSquares ?? Number.POSITIVE_INFINITY;
  let low = Math.log(least * 1e-6);
  let high = Math.log(least);
  const cells = 40;
  for (let round = 0; round < 12; round++) {
    const grid = Array.from({ length: cells + 1 }, (_, i) => low + ((high - low) * i) / cells);
    const best = grid.reduce((a, b) => (residual(b) < residual(a) ? b : a));
    const cell = (high - low) / cells;
    low = Math.max(low, best - cell);
    high = Math.min(high, best + cell);
  }
  return least - Math.exp((low + high) / 2);
}
