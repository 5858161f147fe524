import { EinlabError } from '@einlab/einsum-core';
import { bondLimits } from '../chain-bonds.ts';
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
  /**
   * Padding of a side that is allowed, as a part of its size; by default whatever pays. Given, it also refuses sizes for which only
   * splits that cost as much as a dense matrix are left, such as primes without padding.
   */
  readonly maxPadding?: number;
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
 * @throws {EinlabError} `option` when a number is not whole, `fullRank` cannot be had, or the padding allowed leaves no split
 * @example `bestSplit(768, 3072) // { input: [48, 16], output: [48, 64] }`
 */
export function bestSplit(inSize: number, outSize: number, options: BestSplitOptions = {}): ChainSplit {
  const {
    family = 'block-tensor-train',
    cores = 2,
    rank = 1,
    objective = 'macs',
    fullRank = true,
    maxPadding,
  } = options;
  wholeNumber('bestSplit', 'in', inSize, 1);
  wholeNumber('bestSplit', 'out', outSize, 1);
  wholeNumber('bestSplit', 'cores', cores, 2);
  wholeNumber('bestSplit', 'rank', rank, 1);
  if (maxPadding !== undefined && !(maxPadding >= 0 && Number.isFinite(maxPadding))) {
    throw new EinlabError(
      'option',
      `bestSplit: maxPadding is ${maxPadding}; expected a number ≥ 0, the part of a side that may be added`,
      { maxPadding },
    );
  }
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
      if (bondLimits({ input, output }, chain.shared).some(({ limit }) => limit < rank)) continue;
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
  if (candidates.length === 0) {
    throw new EinlabError(
      'option',
      `bestSplit: no split of ${inSize} → ${outSize} into ${cores} cores ${fullRank ? 'of full rank ' : ''}can use a bond of ${rank}; expected a smaller rank`,
      { in: inSize, out: outSize, cores, rank },
    );
  }
  candidates.sort((a, b) => a.cost - b.cost || a.macs - b.macs || a.padded - b.padded || compareDigits(a, b));
  const isAllowed = (candidate: Candidate): boolean => !fullRank || chainRank(chainOf(candidate)) === least;
  const isServed = (candidate: Candidate): boolean =>
    maxPadding === undefined ||
    (paddingOf(candidate, inSize, outSize) <= maxPadding + 1e-12 && candidate.macs < inSize * outSize);
  const served = candidates.filter(isServed);
  if (served.length === 0) throw unserved(candidates, inSize, outSize, maxPadding ?? 0);
  const best = served.find(isAllowed);
  if (best === undefined) {
    const message = `bestSplit: no split of ${inSize} → ${outSize} into ${cores} cores of rank ${rank} has full rank; use fullRank: false`;
    throw new EinlabError('option', message, { in: inSize, out: outSize, cores, rank });
  }
  const limit = best.cost / (1 - paddingGain);
  const { input, output } =
    served.find((candidate) => candidate.exact && candidate.cost <= limit && isAllowed(candidate)) ?? best;
  return { input, output };
}

/** The larger padding of the two sides, as a part of the side. */
const paddingOf = ({ input, output }: ChainSplit, inSize: number, outSize: number): number =>
  Math.max(product(input) / inSize, product(output) / outSize) - 1;

/** Why no split is left, and what would leave one. */
function unserved(candidates: readonly Candidate[], inSize: number, outSize: number, maxPadding: number): EinlabError {
  const percent = (part: number): string => `${Number((100 * part).toFixed(2))} %`;
  const cheap = candidates.filter(({ macs }) => macs < inSize * outSize);
  const needed = Math.min(...cheap.map((candidate) => paddingOf(candidate, inSize, outSize)));
  const remedy =
    cheap.length === 0 ? 'a dense matrix is cheaper at this size' : `padding of ${percent(needed)} leaves one`;
  return new EinlabError(
    'option',
    `bestSplit: ${inSize} → ${outSize} has no split that is cheaper than a dense matrix with padding of at most ${percent(maxPadding)}; ${remedy}`,
    { in: inSize, out: outSize, maxPadding },
  );
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
