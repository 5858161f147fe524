import { keyFromSeed, rngFromKey, standardError } from '@einlab/numerics';
import {
  estimateMultiplier,
  fitPowerLaw,
  frontier,
  type MultiplierEstimate,
  type SampledPoint,
  type ScalingPoint,
} from '@einlab/structured-layers';
import type { ModelCost, RunResult } from './result.ts';

/** A row of the table: one structure at one width, over its seeds. */
export interface Row extends ModelCost {
  readonly structure: string;
  readonly width: number;
  readonly naiveRates: boolean;
  readonly seeds: number;
  /** Mean over seeds: nats per character, or mean squared error. */
  readonly loss: number;
  /** Of the loss: over held-out units for one seed, over seeds for several. */
  readonly standardError: number;
  /** Loss above (+) or below (−) the dense model with the nearest compute; undefined for that model and without one. */
  readonly gap?: number;
  /** Of the gap: both models are scored on the same units, so it is smaller than the losses' own errors suggest. */
  readonly gapStandardError?: number;
  /** The width of the dense model that the gap refers to. */
  readonly gapToWidth?: number;
  /** Mean over seeds. */
  readonly tokensPerSecond: number;
  /** Training time, summed over seeds. */
  readonly seconds: number;
}

/** A structure's losses over several widths. */
export interface Frontier {
  readonly structure: string;
  readonly points: readonly ScalingPoint[];
  /** Of loss = coefficient · compute^(−exponent) through the frontier; undefined for fewer than two points. */
  readonly exponent?: number;
  readonly exponentStandardError?: number;
  /** Dense compute / this structure's compute at equal loss; undefined where the losses do not overlap, and for dense. */
  readonly multiplier?: MultiplierEstimate;
}

/** What a comparison found. */
export interface Summary {
  readonly rows: readonly Row[];
  /** Empty unless some structure has several widths. */
  readonly frontiers: readonly Frontier[];
}

interface Group {
  readonly structure: string;
  readonly width: number;
  readonly naiveRates: boolean;
  readonly runs: readonly RunResult[];
}

/** The rows and frontiers of a comparison's finished runs, which come in the order of the table. */
export function summarize(results: readonly RunResult[], seed: number): Summary {
  const groups = new Map<string, RunResult[]>();
  for (const result of results) {
    const { structure, width, naiveRates } = result.spec;
    const name = `${structure} ${width} ${naiveRates}`;
    groups.set(name, [...(groups.get(name) ?? []), result]);
  }
  const grouped = [...groups.values()].flatMap((runs): Group[] =>
    runs[0] === undefined ? [] : [{ ...runs[0].spec, runs }],
  );
  const denseGroups = grouped.filter(({ structure }) => structure === 'dense');
  const rows = grouped.map((group) => rowOf(group, nearestDense(group, denseGroups)));
  return { rows, frontiers: frontiersOf(grouped, seed) };
}

const costOfGroup = (group: Group): number => group.runs[0]?.cost.macs ?? Number.NaN;

function nearestDense(group: Group, dense: readonly Group[]): Group | undefined {
  if (group.structure === 'dense') return undefined;
  const distance = (each: Group): number => Math.abs(Math.log(costOfGroup(each) / costOfGroup(group)));
  return [...dense].sort((a, b) => distance(a) - distance(b))[0];
}

function rowOf(group: Group, dense: Group | undefined): Row {
  const { structure, width, naiveRates, runs } = group;
  const first = runs[0];
  if (first === undefined) throw new Error('unreachable: a group has runs');
  return {
    structure,
    width,
    naiveRates,
    ...first.cost,
    seeds: runs.length,
    ...meanWithError(lossSample(runs)),
    ...(dense === undefined ? {} : gapTo(dense, runs)),
    tokensPerSecond: mean(runs.map((run) => run.tokensPerSecond)),
    seconds: runs.reduce((total, run) => total + run.seconds, 0),
  };
}

/** Independent observations of a row's loss: held-out units of one run, or the means of several seeds. */
const lossSample = (runs: readonly RunResult[]): readonly number[] =>
  runs.length === 1 ? (runs[0]?.unitLosses ?? []) : runs.map((run) => run.loss);

const mean = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0) / values.length;

const meanWithError = (sample: readonly number[]): { loss: number; standardError: number } => ({
  loss: mean(sample),
  standardError: standardError(sample),
});

/** The paired difference to the dense runs with the same seeds on the same units. */
function gapTo(dense: Group, runs: readonly RunResult[]): Pick<Row, 'gap' | 'gapStandardError' | 'gapToWidth'> {
  const theirs = lossSample(dense.runs);
  const differences = lossSample(runs).map((loss, i) => loss - (theirs[i] ?? Number.NaN));
  return { gap: mean(differences), gapStandardError: standardError(differences), gapToWidth: dense.width };
}

/** Frontiers over widths, from final losses only: under a falling learning rate, a loss on the way is not what that compute buys. */
function frontiersOf(groups: readonly Group[], seed: number): readonly Frontier[] {
  const aware = groups.filter(({ naiveRates }) => !naiveRates || groups.every((each) => each.naiveRates));
  const structures = [...new Set(aware.map(({ structure }) => structure))];
  if (structures.length === aware.length) return [];
  const sampled = new Map(
    structures.map((structure) => [structure, aware.filter((each) => each.structure === structure).map(sampledPoint)]),
  );
  const dense = sampled.get('dense');
  return structures.map((structure, i) => {
    const own = sampled.get(structure) ?? [];
    const points = frontier(own.map(({ compute, losses }) => ({ compute, loss: mean(Array.from(losses)) })));
    const law = fitPowerLaw(points);
    const rng = rngFromKey(keyFromSeed(seed * 1000 + i));
    const multiplier =
      structure === 'dense' || dense === undefined ? undefined : estimateMultiplier(dense, own, { rng });
    return {
      structure,
      points,
      ...(law === undefined ? {} : { exponent: law.exponent }),
      ...(law?.standardError === undefined ? {} : { exponentStandardError: law.standardError }),
      ...(multiplier === undefined ? {} : { multiplier }),
    };
  });
}

const sampledPoint = (group: Group): SampledPoint => ({ compute: costOfGroup(group), losses: lossSample(group.runs) });
