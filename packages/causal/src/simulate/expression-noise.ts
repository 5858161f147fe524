import { normal, type RandomKey, type Rng, rngFromKey, splitKey, uniform } from '@einlab/numerics';

/** What measuring single cells does to the amounts of their genes, step after step; a part that is left out is not done. */
export interface TechnicalNoise {
  /** Share of the genes that are measured far too high, by a log-normal factor. */
  readonly outliers?: { readonly share: number; readonly mean: number; readonly deviation: number };
  /** Log-normal totals of the cells: what is read of a cell sums to its total. */
  readonly librarySize?: { readonly mean: number; readonly deviation: number };
  /** Small amounts are missed: an amount x is seen with probability σ(shape · (ln(1 + x) − q)), q the percentile of all ln(1 + x). */
  readonly dropout?: { readonly shape: number; readonly percentile: number };
  /** Whether whole molecules are counted, a Poisson draw each. */
  readonly counts?: boolean;
}

/** A library of droplets: totals of about 400 molecules, three quarters of the entries missed. */
export const dropletNoise: TechnicalNoise = {
  outliers: { share: 0.01, mean: 0.8, deviation: 1 },
  librarySize: { mean: 6, deviation: 0.3 },
  dropout: { shape: 8, percentile: 74 },
  counts: true,
};

/** A Poisson draw: by products of uniforms, in parts of 30, of which each has a mean that e^−mean can hold. */
export function poisson(rng: Rng, mean: number): number {
  let count = 0;
  for (let left = mean; left > 0; left -= 30) {
    const limit = Math.exp(-Math.min(30, left));
    for (let product = uniform(rng); product > limit; product *= uniform(rng)) count++;
  }
  return count;
}

/**
 * Amounts as they are read.
 *
 * @param cells - `f64[gene]` each
 * @see Dibaeinia and Sinha 2020, "technical noise".
 */
export function withTechnicalNoise(
  key: RandomKey,
  cells: readonly Float64Array[],
  { outliers, librarySize, dropout, counts = false }: TechnicalNoise,
): Float64Array[] {
  const [ofGenes, ofCells, ofMissing, ofCounts] = splitKey(key, 4).map(rngFromKey);
  let read = cells.map((cell) => Float64Array.from(cell));
  if (outliers !== undefined) {
    const factors = Float64Array.from(read[0] ?? [], () =>
      uniform(ofGenes) < outliers.share ? Math.exp(outliers.mean + outliers.deviation * normal(ofGenes)) : 1,
    );
    read = read.map((cell) => cell.map((amount, gene) => amount * factors[gene]));
  }
  if (librarySize !== undefined) {
    read = read.map((cell) => {
      const total = Math.exp(librarySize.mean + librarySize.deviation * normal(ofCells));
      const sum = cell.reduce((all, amount) => all + amount, 0);
      return sum === 0 ? cell : cell.map((amount) => (amount * total) / sum);
    });
  }
  if (dropout !== undefined) {
    const logs = Float64Array.from(read.flatMap((cell) => [...cell].map(Math.log1p))).sort();
    const halfway = logs[Math.floor((dropout.percentile / 100) * (logs.length - 1))] ?? 0;
    const isSeen = (amount: number): boolean =>
      uniform(ofMissing) < 1 / (1 + Math.exp(-dropout.shape * (Math.log1p(amount) - halfway)));
    read = read.map((cell) => cell.map((amount) => (isSeen(amount) ? amount : 0)));
  }
  return counts ? read.map((cell) => cell.map((amount) => poisson(ofCounts, amount))) : read;
}
