import { type Interventions, isTargeted, observationalRows, targetedNodes } from '../data/interventions.ts';
import type { Table } from '../data/table.ts';
import { additiveNeighborhood } from '../independence/additive-neighborhood.ts';
import { type CompiledKnowledge, isPairForbidden, isPairRequired } from './knowledge.ts';

/** Pairs that may be adjacent, and what interventions say about directions. */
export interface Candidates {
  /** `u8[node, node]`, symmetric: pairs that predict each other given all others. A node's row is its estimated Markov blanket. */
  readonly moral: Uint8Array;
  /** `f64[node, node]`, p-values of the pairs. */
  readonly pValues: Float64Array;
  /** `f64[node, node]`, see `Neighborhood`. */
  readonly strengths: Float64Array;
  /** `f64[node, node]`, symmetric: how much of one the networks use for the other, where networks were asked. */
  readonly importances?: Float64Array;
  /** `i8[node, node]`: 1 where interventions on i change j, −1 where they do not, 0 where there are none or they cannot tell. */
  readonly responds: Int8Array;
}

/** P(D > d) for the two-sample Kolmogorov–Smirnov statistic, by its asymptotic series. */
function kolmogorovTail(distance: number, first: number, second: number): number {
  const effective = Math.sqrt((first * second) / (first + second));
  const t = (effective + 0.12 + 0.11 / effective) * distance;
  if (t < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * t * t);
  return Math.max(0, Math.min(1, sum));
}

/** The largest distance between the distributions of two samples, and how likely it is for one distribution. */
export function kolmogorovSmirnov(
  a: Float64Array,
  b: Float64Array,
): { readonly distance: number; readonly pValue: number } {
  const [first, second] = [Float64Array.from(a).sort(), Float64Array.from(b).sort()];
  let [i, j, distance] = [0, 0, 0];
  while (i < first.length && j < second.length) {
    const value = Math.min(first[i], second[j]);
    while (i < first.length && first[i] <= value) i++;
    while (j < second.length && second[j] <= value) j++;
    distance = Math.max(distance, Math.abs(i / first.length - j / second.length));
  }
  return { distance, pValue: kolmogorovTail(distance, first.length, second.length) };
}

/** Below the first a variable has changed under an intervention; above the second it has not. Between, nothing is said. */
const changed = 1e-4;
const unchanged = 0.01;

/** Which variables respond to interventions on single others: those below them, since causes do not see what happens to their effects. */
function responsesTo(table: Table, interventions: Interventions): Int8Array {
  const d = table.columns.length;
  const responds = new Int8Array(d * d);
  const observed = observationalRows(interventions);
  interventions.regimes.forEach(({ targets }, regime) => {
    if (targets.length !== 1 || observed.length < 30) return;
    const rows: number[] = [];
    interventions.regimeOfRow.forEach((each, row) => {
      if (each === regime) rows.push(row);
    });
    if (rows.length < 30) return;
    const [target] = targets;
    table.columns.forEach(({ values }, j) => {
      if (j === target) return;
      const pick = (at: readonly number[]): Float64Array => Float64Array.from(at, (row) => values[row]);
      const { pValue } = kolmogorovSmirnov(pick(observed), pick(rows));
      if (pValue < changed) responds[target * d + j] = 1;
      else if (pValue > unchanged && responds[target * d + j] === 0) responds[target * d + j] = -1;
    });
  });
  return responds;
}

/** What makes two variables candidates. */
export interface CandidateLimits {
  /** Largest p-value. */
  readonly level: number;
  /** Least share of the remaining variance that one explains of the other: with many rows everything is significant, above all the misfit of the regression. */
  readonly least: number;
  /** What networks that predict each variable from all others use of each other one: enough of it makes a candidate, too. */
  readonly networks?: { readonly importances: Float64Array; readonly least: number };
}

/**
 * The sparse neighborhoods of all variables, with an indicator column for each variable that is intervened on, and which variables respond to
 * interventions.
 *
 * @param limits - what makes a candidate.
 */
export function datCandidates(
  table: Table,
  interventions: Interventions | undefined,
  { level, least, networks }: CandidateLimits,
  knowledge: CompiledKnowledge,
): Candidates {
  const d = table.columns.length;
  const targets = interventions === undefined ? [] : targetedNodes(interventions);
  const indicators =
    interventions === undefined ? [] : targets.map((node) => Float64Array.from(isTargeted(interventions, node)));
  const wide = d + indicators.length;
  const found = additiveNeighborhood([...table.columns.map(({ values }) => values), ...indicators], table.rows);
  const [moral, pValues, strengths] = [new Uint8Array(d * d), new Float64Array(d * d), new Float64Array(d * d)];
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      if (i === j) continue;
      pValues[i * d + j] = found.pValues[i * wide + j];
      strengths[i * d + j] = found.strengths[i * wide + j];
      const at = i * wide + j;
      const isStrong =
        (found.pValues[at] <= level && found.strengths[at] >= least) ||
        (networks !== undefined && networks.importances[i * d + j] >= networks.least);
      const isCandidate = isStrong || isPairRequired(knowledge, i, j);
      if (isCandidate && !isPairForbidden(knowledge, i, j)) moral[i * d + j] = 1;
    }
  }
  return {
    moral,
    pValues,
    strengths,
    ...(networks === undefined ? {} : { importances: networks.importances }),
    responds: interventions === undefined ? new Int8Array(d * d) : responsesTo(table, interventions),
  };
}
