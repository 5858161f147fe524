import { EinlabError } from '@einlab/einsum-core';
import { type ChainCost, type ChainShape, type ChainSplit, chainCost, innerWidths } from '../chain-shape.ts';
import { wholeNumber } from '../options.ts';
import { product } from '../product.ts';
import { chainRank } from '../rank/chain-rank.ts';
import { factorizations } from './factorizations.ts';

/** Options of `bestSplit`. */
export interface BestSplitOptions {
  /** Whose costs and ranks count: a matrix for every block (default), or one for all. */
  readonly family?: 'block-tensor-train' | 'tensor-train';
  /** Number of cores and so of digits on each side; default 2. */
  readonly cores?: number;
  /** The bond; default 1. */
  readonly rank?: number;
  /** What is to be small; default `macs`. */
  readonly objective?: keyof ChainCost;
  /** Only splits whose dense equivalent has rank min(in, out); default true. */
  readonly fullRank?: boolean;
}

/** Padding must save this share of the objective to be preferred to exact divisors. */
const paddingGain = 0.1;

interface Candidate extends ChainSplit {
  readonly cost: number;
  readonly macs: number;
  readonly padded: number;
  readonly exact: boolean;
}

/**
 * The factors of `inSize` and `outSize` for which a chain of cores is cheapest, found by trying all of them (the best few
 * hundred on each side for three and more cores).
 *
 * Exact divisors are preferred; where they cost more than 10 % more than factors of a slightly larger size, as for
 * primes, the map is padded to that size. Among equals the fewest multiply-accumulates count, then the least padding, then a smaller first digit.
 *
 * @throws {EinlabError} `option` when a number is not whole, or `fullRank` cannot be had
 * @example `bestSplit(768, 3072) // { input: [48, 16], output: [48, 64] }`
 */
export function bestSplit(inSize: number, outSize: number, options: BestSplitOptions = {}): ChainSplit {
  const { family = 'block-tensor-train', cores = 2, rank = 1, objective = 'macs', fullRank = true } = options;
  wholeNumber('bestSplit', 'in', inSize, 1);
  wholeNumber('bestSplit', 'out', outSize, 1);
  wholeNumber('bestSplit', 'cores', cores, 2);
  wholeNumber('bestSplit', 'rank', rank, 1);
  const bonds = Array.from({ length: cores - 1 }, () => rank);
  const chainOf = ({ input, output }: ChainSplit): ChainShape => ({
    in: inSize,
    out: outSize,
    input,
    output,
    bonds,
    shared: family === 'tensor-train',
  });

  const least = Math.min(inSize, outSize);
  const candidates: Candidate[] = [];
  const outputs = factorizations(outSize, cores);
  for (const input of factorizations(inSize, cores)) {
    for (const output of outputs) {
      const chain = chainOf({ input, output });
      if (fullRank && innerWidths(chain).some((width) => width < least)) continue;
      const exact = product(input) === inSize && product(output) === outSize;
      const cost = chainCost(chain);
      candidates.push({
        input,
        output,
        cost: cost[objective],
        macs: cost.macs,
        padded: product(input) * product(output),
        exact,
      });
    }
  }
  candidates.sort((a, b) => a.cost - b.cost || a.macs - b.macs || a.padded - b.padded || compareDigits(a, b));
  const isAllowed = (candidate: Candidate): boolean => !fullRank || chainRank(chainOf(candidate)) === least;
  const best = candidates.find(isAllowed);
  if (best === undefined) {
    const message = `bestSplit: no split of ${inSize} → ${outSize} into ${cores} cores of rank ${rank} has full rank; use fullRank: false`;
    throw new EinlabError('option', message, { in: inSize, out: outSize, cores, rank });
  }
  const limit = best.cost / (1 - paddingGain);
  const { input, output } =
    candidates.find((candidate) => candidate.exact && candidate.cost <= limit && isAllowed(candidate)) ?? best;
  return { input, output };
}

function compareDigits(a: ChainSplit, b: ChainSplit): number {
  const [left, right] = [
    [...a.input, ...a.output],
    [...b.input, ...b.output],
  ];
  const first = left.findIndex((digit, i) => digit !== right[i]);
  return first < 0 ? 0 : (left[first] ?? 0) - (right[first] ?? 0);
}

/**
 * Refuses a split given by hand that cannot hold the features of a map.
 * @throws {EinlabError} `option`, naming the side
 */
export function assertSplit(
  where: string,
  { input, output }: ChainSplit,
  cores: number,
  inSize: number,
  outSize: number,
): void {
  for (const [side, digits, size] of [
    ['input', input, inSize],
    ['output', output, outSize],
  ] as const) {
    for (const digit of digits) wholeNumber(where, `a digit of split.${side}`, digit, 1);
    const shown = `[${digits.join(', ')}]`;
    if (digits.length !== cores) {
      throw new EinlabError('option', `${where}: split.${side} is ${shown}; expected ${cores} digits, one per core`, {
        [side]: digits,
        cores,
      });
    }
    if (product(digits) < size) {
      const message = `${where}: split.${side} ${shown} holds ${product(digits)} features, but the map has ${size}; expected a product ≥ ${size}`;
      throw new EinlabError('option', message, { [side]: digits, size });
    }
  }
}
