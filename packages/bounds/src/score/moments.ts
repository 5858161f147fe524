import { betCost } from '../inequality/freedman-bound.ts';

// Every statistic of a certificate is a sum over tokens of a smooth function of ln p. Instead of computing a dozen logarithms for each token, ln p is put into
// a bin of width 1/32, where the sums of the powers 0 … 5 of its place in the bin are kept. A function is then interpolated at six Chebyshev nodes
// of each bin: the sums come out to about 10⁻¹² of their size, for any number of functions, at the cost of a few additions per token.

/** Powers that are summed, and nodes of the interpolation. */
const terms = 6;

const binsPerNat = 32;

/** Probabilities below e^−64 count as 0, which can only raise a loss. */
const lowestNats = 64;

const binCount = lowestNats * binsPerNat;

/** Chebyshev nodes on [−1, 1]. */
const nodes: readonly number[] = Array.from({ length: terms }, (_, j) =>
  Math.cos(((2 * j + 1) * Math.PI) / (2 * terms)),
);

/** `coefficients[j][k]`: the Lagrange polynomial of node j as powers. */
const coefficients: readonly (readonly number[])[] = nodes.map((node, j) => {
  let polynomial = [1];
  nodes.forEach((other, i) => {
    if (i === j) return;
    const scale = 1 / (node - other);
    const next = new Array<number>(polynomial.length + 1).fill(0);
    polynomial.forEach((c, k) => {
      next[k + 1] += c * scale;
      next[k] -= c * other * scale;
    });
    polynomial = next;
  });
  return polynomial;
});

/** The distribution of ln p of some tokens, as far as sums of smooth functions need it. */
export interface Moments {
  /** `f64[bin, power]` */
  readonly sums: Float64Array;
  /** The weight of tokens without probability. */
  zero: number;
}

/** No tokens yet. */
export const createMoments = (): Moments => ({ sums: new Float64Array(binCount * terms), zero: 0 });

/** Forgets all tokens. */
export function clearMoments(moments: Moments): void {
  moments.sums.fill(0);
  moments.zero = 0;
}

/** Adds the tokens of another distribution. */
export function mergeMoments(into: Moments, from: Moments): void {
  for (let i = 0; i < into.sums.length; i++) into.sums[i] += from.sums[i];
  into.zero += from.zero;
}

/**
 * Adds tokens `start` to `stop` of a list of ln p, which must all be ≤ 0; each counts `weight`.
 *
 * @param scale - what the numbers are multiplied by to be in nats: ln 2 for log₂ p
 */
export function addTokens(
  moments: Moments,
  logProbabilities: Float32Array | Float64Array,
  start: number,
  stop: number,
  scale: number = 1,
  weight: number = 1,
): void {
  const { sums } = moments;
  const toBins = -binsPerNat * scale;
  for (let i = start; i < stop; i++) {
    const x = logProbabilities[i] * toBins;
    if (x >= binCount) {
      moments.zero += weight;
      continue;
    }
    // a positive ln p within rounding counts as p = 1
    const bin = x > 0 ? x | 0 : 0;
    const t = x > 0 ? 2 * (bin - x) + 1 : 1;
    const at = bin * terms;
    const t2 = t * t;
    const t3 = t2 * t;
    sums[at] += weight;
    sums[at + 1] += weight * t;
    sums[at + 2] += weight * t2;
    sums[at + 3] += weight * t3;
    sums[at + 4] += weight * t2 * t2;
    sums[at + 5] += weight * t3 * t2;
  }
}

/** A quadrature for the tokens: Σ f(ln p) ≈ Σ weights·f(points) + zero·f(−∞). */
export interface Quadrature {
  /** ln p in nats */
  readonly points: Float64Array;
  readonly weights: Float64Array;
  readonly zero: number;
}

/** The points and weights that stand for a distribution. */
export function quadratureOf({ sums, zero }: Moments): Quadrature {
  const points: number[] = [];
  const weights: number[] = [];
  for (let bin = 0; bin < binCount; bin++) {
    const at = bin * terms;
    if (sums[at] === 0) continue;
    for (let j = 0; j < terms; j++) {
      let weight = 0;
      for (let k = 0; k < terms; k++) weight += coefficients[j][k] * sums[at + k];
      points.push(-(bin + 0.5 - nodes[j] / 2) / binsPerNat);
      weights.push(weight);
    }
  }
  return { points: Float64Array.from(points), weights: Float64Array.from(weights), zero };
}

/** What a block of tokens adds to the statistics of one smoothing weight. */
export interface BlockSums {
  /** Σ of the smoothed losses in bits. */
  readonly loss: number;
  /** For each bet s, Σ v(s·(center − loss)/Δ). */
  readonly bets: Float64Array;
}

/** The sums over the tokens of a quadrature, for losses given at its points. */
export function blockSums(
  { weights, zero }: Quadrature,
  losses: Float64Array,
  center: number,
  range: { readonly high: number; readonly width: number },
  bets: readonly number[],
): BlockSums {
  let loss = zero * range.high;
  for (let i = 0; i < losses.length; i++) loss += weights[i] * losses[i];
  const costs = new Float64Array(bets.length);
  for (let b = 0; b < bets.length; b++) {
    const scale = range.width > 0 ? bets[b] / range.width : 0;
    let total = zero > 0 ? zero * betCost(scale * (center - range.high)) : 0;
    for (let i = 0; i < losses.length; i++) {
      const x = scale * (center - losses[i]);
      total += weights[i] * (x - Math.log1p(x));
    }
    costs[b] = Math.max(0, total);
  }
  return { loss, bets: costs };
}
