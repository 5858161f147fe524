import { product } from '../product.ts';

/** How many factorizations into three or more factors are kept; the least padded and most balanced ones. */
const keptFactorizations = 200;

/**
 * Ways to write a size as a product of `count` factors, in every order; where the product is larger than the size, no
 * single factor could be smaller. For two factors these are all ways, about 4√size; for more, the best few.
 */
export function factorizations(size: number, count: number): number[][] {
  if (count === 2) return pairs(size);
  const found = windowed(size, count, Math.ceil(size ** (1 / count)));
  const score = (factors: readonly number[]): number =>
    product(factors) * factors.reduce((total, factor) => total + factor, 0);
  return found.sort((a, b) => score(a) - score(b)).slice(0, keptFactorizations);
}

/** (a, b) with a = ⌈size/b⌉ and b = ⌈size/a⌉: lowering either would lose features. */
export function pairs(size: number): number[][] {
  const result: number[][] = [];
  for (let a = 1; a <= size; ) {
    const b = Math.ceil(size / a);
    const least = Math.ceil(size / b);
    result.push([least, b]);
    // the next a for which ⌈size/a⌉ is smaller
    a = b === 1 ? size + 1 : Math.ceil(size / (b - 1));
  }
  return result;
}

/** Factors within a factor of 2.5 of the even one, the last as small as it can be. */
function windowed(size: number, count: number, even: number): number[][] {
  if (count === 1) return [[size]];
  const result: number[][] = [];
  const [low, high] = [Math.max(1, Math.floor(even / 2.5)), Math.min(size, Math.ceil(even * 2.5))];
  for (let factor = Math.min(low, size); factor <= high; factor++) {
    for (const rest of windowed(Math.ceil(size / factor), count - 1, even)) result.push([factor, ...rest]);
  }
  return result;
}
