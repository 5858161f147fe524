import { EinlabError } from '@einlab/einsum-core';
import type { RoutingSums } from './routing-sums.ts';

/** How a layer's router uses its experts, over the tokens that were measured. */
export interface RoutingMeasure {
  readonly path: string;
  readonly tokens: number;
  /** Assignments that each expert took. */
  readonly load: readonly number[];
  /** Assignments that capacity dropped, and the share of all that they are. */
  readonly dropped: number;
  readonly droppedShare: number;
  /** Largest load beside the mean: 1 when all are equal. */
  readonly imbalance: number;
  /** e^(mean entropy of a token's probabilities), 1 … E: falls as the router becomes sure. */
  readonly tokenPerplexity: number;
  /** e^(entropy of the mean probabilities), 1 … E: near E while all experts are used. */
  readonly aggregatePerplexity: number;
  /** The balance loss over all that was measured: 1 for uniform routing. */
  readonly balance: number;
}

/** Values of `RoutingSums` of one layer over one or more batches. */
export type RoutingTotals = Readonly<Record<keyof RoutingSums, readonly number[]>>;

/** Reads sums, and adds them to those of earlier batches. */
export async function addRoutingSums(
  sums: Readonly<Record<string, RoutingSums>>,
  earlier: Readonly<Record<string, RoutingTotals>> = {},
): Promise<Readonly<Record<string, RoutingTotals>>> {
  const entries = Object.entries(sums).map(async ([path, own]): Promise<[string, RoutingTotals]> => {
    const total = async (name: keyof RoutingSums): Promise<readonly number[]> => {
      const before = earlier[path]?.[name];
      return Array.from(await own[name].data(), (value, i) => value + (before?.[i] ?? 0));
    };
    const [chosen, kept, probability, entropy, logits] = await Promise.all([
      total('chosen'),
      total('kept'),
      total('probability'),
      total('entropy'),
      total('logits'),
    ]);
    return [path, { chosen, kept, probability, entropy, logits }];
  });
  return Object.fromEntries(await Promise.all(entries));
}

const totalOf = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);

/**
 * The measures of each layer.
 *
 * @throws {EinlabError} `data` where a router's logits have NaN or infinities, naming the layer
 */
export function measureRouting(totals: Readonly<Record<string, RoutingTotals>>): readonly RoutingMeasure[] {
  return Object.entries(totals).map(([path, { chosen, kept, probability, entropy, logits }]) => {
    const [sumOfLogits = 0] = logits;
    if (!Number.isFinite(sumOfLogits)) {
      throw new EinlabError(
        'data',
        `moe: the router logits of ${path} add up to ${sumOfLogits}; expected finite numbers: lower the rate, or look for NaN in the layer's input`,
        { path, logits: sumOfLogits },
      );
    }
    const experts = chosen.length;
    const [assigned, taken, mass] = [totalOf(chosen), totalOf(kept), totalOf(probability)];
    // the probabilities of a token sum to 1
    const tokens = Math.round(mass);
    const shares = probability.map((each) => each / mass);
    return {
      path,
      tokens,
      load: kept,
      dropped: assigned - taken,
      droppedShare: assigned === 0 ? 0 : (assigned - taken) / assigned,
      imbalance: taken === 0 ? 1 : (Math.max(...kept) * experts) / taken,
      tokenPerplexity: mass === 0 ? experts : Math.exp((entropy[0] ?? 0) / mass),
      aggregatePerplexity: mass === 0 ? experts : Math.exp(-totalOf(shares.map((p) => (p > 0 ? p * Math.log(p) : 0)))),
      balance:
        mass === 0 || assigned === 0 ? 1 : experts * totalOf(shares.map((p, i) => (p * (chosen[i] ?? 0)) / assigned)),
    };
  });
}
