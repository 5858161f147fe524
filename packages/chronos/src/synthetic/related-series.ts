import { EinlabError } from '@einlab/einsum-core';
import { normal, permutation, type Rng, uniform, uniformInteger } from '@einlab/numerics';

/** How series of a group hang together. */
export type Relation = 'mixed' | 'lagged' | 'cointegrated';

const relations: readonly Relation[] = ['mixed', 'lagged', 'cointegrated'];

/** Longest lag, at most an eighth of the series. */
const longestLag = 24;

/** What a series does to another one, for standardized values. */
const effects: readonly ((x: number) => number)[] = [
  (x) => x,
  (x) => x,
  (x) => Math.tanh(2 * x),
  (x) => Math.abs(x) - 0.8,
  (x) => (x * x - 1) / 2,
];

/** Mean 0 and mean square 1 of what is observed; NaN stays. */
function standardized(values: Float64Array): Float64Array {
  const known = values.filter((value) => !Number.isNaN(value));
  const mean = known.reduce((a, b) => a + b, 0) / Math.max(1, known.length);
  const size = Math.sqrt(known.reduce((total, value) => total + (value - mean) ** 2, 0) / Math.max(1, known.length));
  return values.map((value) => (Number.isNaN(value) ? NaN : size > 1e-12 ? (value - mean) / size : 0));
}

/** Each with what the others do to it at the same step: about half of the others do something. */
function mixed(rng: Rng, own: readonly Float64Array[], known: readonly Float64Array[]): Float64Array[] {
  const effect = effects[uniformInteger(rng, effects.length)];
  return own.map((values, i) => {
    const weights = own.map((_, j) => (j !== i && uniform(rng) < 0.5 ? normal(rng) : 0));
    return values.map((value, t) => known.reduce((total, other, j) => total + weights[j] * effect(other[t]), value));
  });
}

/** The first leads; each of the others follows it by a lag of its own, with a part of itself. */
function lagged(rng: Rng, own: readonly Float64Array[], known: readonly Float64Array[]): Float64Array[] {
  const [leader] = own;
  const most = Math.max(1, Math.min(longestLag, Math.floor(leader.length / 8)));
  return own.map((values, i) => {
    if (i === 0) return leader.slice(most);
    const lag = 1 + uniformInteger(rng, most);
    const [strength, noise] = [normal(rng) < 0 ? -1 : 1, uniform(rng)];
    return values.slice(most).map((value, t) => strength * known[0][t + most - lag] + noise * value);
  });
}

/** One random walk in all of them, beside a part of each series by itself. */
function cointegrated(rng: Rng, own: readonly Float64Array[]): Float64Array[] {
  const walk = new Float64Array(own[0].length);
  let state = 0;
  for (let t = 0; t < walk.length; t++) walk[t] = state += normal(rng);
  const shared = standardized(walk);
  return own.map((values) => {
    const [strength, noise] = [2 * normal(rng), uniform(rng)];
    return values.map((value, t) => strength * shared[t] + noise * value);
  });
}

/**
 * Series that tell something about one another, made out of series that do not:
 *
 * - `mixed`: yᵢ(t) = xᵢ(t) + Σⱼ wᵢⱼ g(xⱼ(t)), g a line or a bent curve
 * - `lagged`: y₀ = x₀, yᵢ(t) = ±x₀(t − lagᵢ) + aᵢ xᵢ(t)
 * - `cointegrated`: yᵢ(t) = bᵢ r(t) + aᵢ xᵢ(t), r a random walk
 *
 * of standardized xᵢ, in a random order. A value is missing where its own xᵢ is.
 *
 * @param bases - one for each series, of which the shared last part is used; one alone comes back standardized
 * @param relation - default one at random
 * @throws {EinlabError} `option` for no series, `data` for one of fewer than 2 values
 * @see Ansari et al. 2025, "Chronos-2: From Univariate to Universal Forecasting", §4.2, which names the kinds (instantaneous mixing, lead and lag,
 *   cointegration) and leaves the rest open: strengths, lags and curves are ours
 */
export function relatedSeries(rng: Rng, bases: readonly ArrayLike<number>[], relation?: Relation): Float64Array[] {
  if (bases.length === 0) {
    throw new EinlabError('option', 'relatedSeries: there are 0 series; expected at least one', { series: 0 });
  }
  const length = Math.min(...bases.map((base) => base.length));
  if (length < 2) {
    throw new EinlabError('data', `relatedSeries: a series has ${length} values; expected at least 2`, { length });
  }
  const own = bases.map((base) => standardized(Float64Array.from(base).slice(base.length - length)));
  if (own.length === 1) return own;
  const known = own.map((values) => values.map((value) => (Number.isNaN(value) ? 0 : value)));
  const kind = relation ?? relations[uniformInteger(rng, relations.length)];
  const made =
    kind === 'mixed' ? mixed(rng, own, known) : kind === 'lagged' ? lagged(rng, own, known) : cointegrated(rng, own);
  return Array.from(permutation(rng, made.length), (at) => made[at]);
}
