import type { ExpertBank } from '../experts/expert-bank.ts';
import type { Routing } from '../routing/routing.ts';
import { blocksFor, mostPairs } from './dispatch.ts';

/** How a mixture is computed: every expert for every token, or each expert for its own tokens. */
export type Execution = 'auto' | 'masked' | 'gathered';

/** What a mixture will do for a number of tokens, and what that was compared with. */
export interface ExecutionPlan {
  readonly form: 'masked' | 'gathered';
  /** Rows of a block in the gathered form. */
  readonly block: number;
  /** Costs in multiply-accumulates, where an element that is moved counts as several. */
  readonly masked: number;
  readonly gathered: number;
  /** `gathered in blocks of 32: 4.1e8 against 2.3e9` */
  toString(): string;
}

/**
 * What moving one element costs, in multiply-accumulates: measured on the wasm device with two threads, where a second is enough for about
 * 3 · 10¹⁰ of these and for 2 to 6 · 10⁹ of the others.
 */
const perElement = 10;

/** What a block costs for each parameter of its expert, beside its rows: a core is read through once for it. */
const perParameter = 3;

/** What the gathered form costs before any row: its short kernels. */
const fixed = 6e5;

/** Contractions take rows by twelve, or six, and up to 24 without packing the core first. */
const blockSizes = [4, 8, 12, 24, 48];

/**
 * The cheaper form for a number of tokens, by counts alone:
 *
 *   masked     tokens · E · (macs + moved · activation)
 *   gathered   rows · (macs + moved · (in + out + activation)) + blocks · read · parameters of an expert,
 *
 * where each expert's rows are rounded up to whole blocks. Small blocks waste few rows, large ones read cores less often.
 *
 * @param execution - `auto` takes the cheaper; the others decide the form, and the block is still the cheapest
 */
export function planExecution(
  bank: ExpertBank,
  tokens: number,
  routing: Pick<Routing, 'experts' | 'k' | 'tokensChoose' | 'capacity'>,
  execution: Execution = 'auto',
): ExecutionPlan {
  const { macs, activation, parameterCount, in: inSize, out } = bank;
  const { experts } = routing;
  const pairs = mostPairs(tokens, routing);
  const masked = tokens * experts * (macs + perElement * activation);
  const costs = blockSizes.map((block) => {
    const blocks = blocksFor(pairs, experts, block);
    const rows = blocks * block;
    const cost =
      fixed + rows * (macs + perElement * (inSize + out + activation)) + blocks * perParameter * parameterCount;
    return { block, cost };
  });
  const best = costs.reduce((a, b) => (b.cost < a.cost ? b : a));
  const form = execution === 'auto' ? (best.cost < masked ? 'gathered' : 'masked') : execution;
  const [own, other] = form === 'gathered' ? [best.cost, masked] : [masked, best.cost];
  return {
    form,
    block: best.block,
    masked,
    gathered: best.cost,
    toString: () =>
      `${form}${form === 'gathered' ? ` in blocks of ${best.block}` : ''}: ${own.toExponential(1)} against ${other.toExponential(1)}`,
  };
}
