import { keyFromSeed, rngFromKey } from '@einlab/numerics';
import {
  type ExponentEstimate,
  estimateExponent,
  estimateMultiplier,
  exactTaxonomy,
  fitFrontier,
  type MultiplierEstimate,
  type SampledPoint,
  type ScalingPoint,
  type SearchCandidate,
  type Taxonomy,
  taxonomy,
} from '@einlab/structured-layers';
import type { RunResult } from '../compare/result.ts';
import { labelOf, structureOf } from '../compare/structures.ts';
import { examplesIn, type SearchReport } from './run-search.ts';

/** A candidate as the table shows it. */
export interface SearchRow extends Taxonomy {
  readonly name: string;
  /** `dense`, or the exponents α|β|γ|δ|ε|φ|ρ. */
  readonly point: string;
  readonly rung: number;
  readonly steps: number;
  /** log(loss / dense loss at equal compute): below 0 is better. */
  readonly gap: number;
  /** Multiply-accumulates for each parameter, exact, of a square map at the widest width trained. */
  readonly reuse: number;
  readonly exponent?: ExponentEstimate;
  readonly multiplier?: MultiplierEstimate;
}

/** A candidate's points in the plane of compute and loss. */
export interface SearchCurve {
  readonly name: string;
  readonly points: readonly ScalingPoint[];
  readonly frontier: readonly ScalingPoint[];
}

/** What a search found, as it is shown. */
export interface SearchSummary {
  readonly rows: readonly SearchRow[];
  readonly curves: readonly SearchCurve[];
}

/** The ranking with taxonomy, laws and multipliers. */
export function summarizeSearch(report: SearchReport, seed: number): SearchSummary {
  const sampled = new Map(report.candidates.map((candidate) => [candidate.name, pointsOf(candidate, report.runs)]));
  const dense = sampled.get(report.candidates[0]?.name ?? '') ?? [];
  const rows = report.ranking.map(({ candidate, rung, gap }, i): SearchRow => {
    const own = sampled.get(candidate.name) ?? [];
    const rng = rngFromKey(keyFromSeed(seed * 1000 + i));
    const exponent = estimateExponent(own, { rng, resamples: 200 });
    const isBaseline = candidate.name === report.candidates[0]?.name;
    const multiplier = isBaseline ? undefined : estimateMultiplier(dense, own, { rng, resamples: 200 });
    return {
      name: candidate.name,
      point: candidate.theta === undefined ? 'dense' : labelOf(candidate).slice('einsum:'.length),
      rung,
      steps: report.rungs[rung]?.steps ?? 0,
      gap,
      ...(candidate.theta === undefined ? { omega: 0, psi: 1, nu: 1 } : taxonomy(candidate.theta)),
      reuse: reuseOf(candidate, report.runs),
      ...(exponent === undefined ? {} : { exponent }),
      ...(multiplier === undefined ? {} : { multiplier }),
    };
  });
  const curves = report.ranking.map(({ candidate }): SearchCurve => {
    const points = (sampled.get(candidate.name) ?? [])
      .map(({ compute, losses }) => ({ compute, loss: mean(Array.from(losses)) }))
      .sort((a, b) => a.compute - b.compute);
    return { name: candidate.name, points, frontier: fitFrontier(points).vertices };
  });
  return { rows, curves };
}

const mean = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0) / values.length;

/** One point for each width and number of steps, with the losses of its seeds, or of its held-out units where there is one seed. */
function pointsOf(candidate: SearchCandidate, runs: readonly RunResult[]): readonly SampledPoint[] {
  const label = labelOf(candidate);
  const groups = new Map<string, RunResult[]>();
  for (const run of runs) {
    if (run.spec.structure !== label) continue;
    const name = `${run.spec.width} ${run.spec.steps}`;
    groups.set(name, [...(groups.get(name) ?? []), run]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const losses = group.length === 1 ? first.unitLosses : group.map(({ loss }) => loss);
    return [{ compute: first.cost.macs * examplesIn(first.spec), losses }];
  });
}

function reuseOf(candidate: SearchCandidate, runs: readonly RunResult[]): number {
  const label = labelOf(candidate);
  const width = Math.max(1, ...runs.filter(({ spec }) => spec.structure === label).map(({ spec }) => spec.width));
  const { macs, parameters } = exactTaxonomy(structureOf(label).realize(width, width));
  return macs / parameters;
}
