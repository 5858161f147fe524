import { EinlabError } from '@einlab/einsum-core';
import { quantileOfSorted, type Rng, uniformInteger } from '@einlab/numerics';
import type { SampledPoint } from './compute-multiplier.ts';
import { frontier, type ScalingPoint } from './frontier.ts';
import { fitPowerLaw, type PowerLaw } from './power-law.ts';

/** Options of `fitFrontier`. */
export interface FrontierOptions {
  /** The loss that no compute goes below, subtracted before everything else; default 0. */
  readonly floor?: number;
  /** Points whose loss is at most this part above the frontier count with it; default 0.05. */
  readonly tolerance?: number;
}

/** What compute buys at best, and the power law through it. */
export interface FittedFrontier {
  /** Vertices of the lower convex hull in logarithms, by rising compute and falling loss; losses with the floor. */
  readonly vertices: readonly ScalingPoint[];
  /** The points that the law is fitted to: vertices, and what lies within the tolerance of the lines between them. */
  readonly near: readonly ScalingPoint[];
  /** loss = floor + coefficient · compute^(−exponent); undefined for fewer than two different computes. */
  readonly law: PowerLaw | undefined;
}

/**
 * The compute frontier of many trained or half-trained models, and its power law, by the procedure of the papers:
 *
 *   1. points (C, L − floor) of every logged step of every run
 *   2. their lower convex hull in logarithms
 *   3. lines between the vertices in logarithms; points within 5 % of them stay
 *   4. by rising compute, points that do not fall below all before them go
 *   5. least squares of log(L − floor) on log C
 *
 * Departs from the authors' code in step 4, where it takes differences of an unsorted table and loses its first row.
 * @throws {EinlabError} `data` for a compute or a loss that no logarithm has, naming it
 * @see Potapczynski, Qiu et al. 2024, "Searching for Efficient Linear Layers over a Continuous Space of Structured Matrices"
 */
export function fitFrontier(points: readonly ScalingPoint[], options: FrontierOptions = {}): FittedFrontier {
  const { floor = 0, tolerance = 0.05 } = options;
  const above = points.map(({ compute, loss }) => ({ compute, loss: loss - floor }));
  const bad = above.findIndex(({ compute, loss }) => !(compute > 0 && loss > 0 && Number.isFinite(compute * loss)));
  if (bad >= 0) {
    const { compute, loss } = points[bad] ?? {};
    throw new EinlabError(
      'data',
      `fitFrontier: point ${bad} has compute ${compute} and loss ${loss}; expected a compute above 0 and a loss above the floor ${floor}`,
      { compute, loss, floor },
    );
  }
  const vertices = frontier(above);
  const sorted = above
    .filter((point) => point.loss <= (1 + tolerance) * lossAtCompute(vertices, point.compute))
    .sort((a, b) => a.compute - b.compute || a.loss - b.loss);
  const near: ScalingPoint[] = [];
  for (const point of sorted) if (point.loss < (near.at(-1)?.loss ?? Infinity)) near.push(point);
  const law = fitPowerLaw(near);
  const back = (list: readonly ScalingPoint[]): ScalingPoint[] =>
    list.map(({ compute, loss }) => ({ compute, loss: loss + floor }));
  return {
    vertices: back(vertices),
    near: back(near),
    law: law === undefined ? undefined : { ...law, offset: floor },
  };
}

/** The frontier's loss at a compute, by lines in logarithms; beyond its ends that of the end. */
function lossAtCompute(vertices: readonly ScalingPoint[], compute: number): number {
  const after = vertices.findIndex((vertex) => vertex.compute >= compute);
  const [left, right] = [vertices[after - 1], vertices[after]];
  if (right === undefined) return vertices.at(-1)?.loss ?? Infinity;
  if (left === undefined) return right.loss;
  const share = Math.log(compute / left.compute) / Math.log(right.compute / left.compute);
  return left.loss * (right.loss / left.loss) ** share;
}

/** An exponent with its bootstrap interval. */
export interface ExponentEstimate {
  readonly exponent: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The exponent of a frontier with a percentile bootstrap interval over the units that every point was scored on: seeds, or held-out data.
 *
 * @returns undefined where more than a tenth of the resamples have no law
 */
export function estimateExponent(
  points: readonly SampledPoint[],
  options: FrontierOptions & { readonly rng: Rng; readonly resamples?: number; readonly confidence?: number },
): ExponentEstimate | undefined {
  const { rng, resamples = 400, confidence = 0.95 } = options;
  const units = points[0]?.losses.length ?? 0;
  const exponentOf = (drawn: readonly number[]): number | undefined => {
    const means = points.map(({ compute, losses }) => ({
      compute,
      loss: drawn.reduce((total, unit) => total + (losses[unit] ?? Number.NaN), 0) / drawn.length,
    }));
    return fitFrontier(means, options).law?.exponent;
  };
  const exponent = exponentOf(Array.from({ length: units }, (_, unit) => unit));
  if (exponent === undefined) return undefined;
  const values = Array.from({ length: resamples }, () =>
    exponentOf(Array.from({ length: units }, () => uniformInteger(rng, units))),
  ).filter((each) => each !== undefined);
  if (values.length < 0.9 * resamples) return undefined;
  const sorted = Float64Array.from(values).sort();
  const outside = (1 - confidence) / 2;
  return { exponent, low: quantileOfSorted(sorted, outside), high: quantileOfSorted(sorted, 1 - outside) };
}
