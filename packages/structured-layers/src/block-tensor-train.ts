import { chainPlan } from './chain.ts';
import { chainBonds } from './chain-bonds.ts';
import type { ChainSplit } from './chain-shape.ts';
import { type FactoredStructure, factoredStructure } from './factored-map.ts';
import { wholeNumber } from './options.ts';
import { assertSplit, bestSplit } from './split/best-split.ts';

/** Options of the tensor-train families. */
export interface ChainOptions {
  /** The bond between neighboring cores; 1 by default. */
  readonly rank?: number;
  /** Number of cores, at least 2; 2 by default. */
  readonly cores?: number;
  /** The digits, for maps of one size; by default the cheapest of full rank, see `bestSplit`. */
  readonly split?: ChainSplit;
}

/** The options as they are written, without those that have their default. */
export function chainText(name: string, { rank, cores, split }: ChainOptions): string {
  const parts = [`rank: ${rank ?? 1}`];
  if (cores !== undefined && cores !== 2) parts.push(`cores: ${cores}`);
  if (split !== undefined)
    parts.push(`split: { input: [${split.input.join(', ')}], output: [${split.output.join(', ')}] }`);
  return `${name}({ ${parts.join(', ')} })`;
}

/**
 * A block tensor train: two (or more) block-diagonal matrices with a fixed permutation between them, every block its
 * own parameters, and ρ of them side by side. Rank 1 is the Monarch matrix with about √d blocks.
 *
 *   x seen as X[γ, α]
 *   Z[γ, ρ, φ] = Σ_α   X[γ, α] · left[γ, α, ρ, φ]
 *   Y[φ, ε]    = Σ_ργ  Z[γ, ρ, φ] · right[φ, ρ, γ, ε]        y is Y, φ slowest
 *
 * With N cores: `core i` contracts the digit n_i of X[n_N, …, n₁] and produces the digit m_i of Y[m₁, …, m_N].
 *
 * @param options - `rank` ρ (default 1), `cores` N (default 2), `split` to choose the digits yourself. Otherwise they are the
 *   cheapest with which rank 1 can already give every rank; a larger `rank` adds capacity and cost in proportion.
 * @remarks γφρ(α + ε) parameters and as many multiply-accumulates, 2ρd^(3/2) for d → d. Papers that write y = L R x call our `left` R.
 *   A bond in a longer chain is no larger than the digits on either side of it can use.
 * @throws {EinlabError} `option` for a rank, number of cores or split that is none, and when maps are realized for a rank that is larger
 *   than the digits can use
 * @see Qiu et al. 2024, "Compute Better Spent"
 */
export function blockTensorTrain(options: ChainOptions = {}): FactoredStructure {
  const rank = wholeNumber('blockTensorTrain', 'rank', options.rank ?? 1, 1);
  const cores = wholeNumber('blockTensorTrain', 'cores', options.cores ?? 2, 2);
  const text = chainText('blockTensorTrain', options);
  return factoredStructure('btt', text, (inSize, outSize, structure) => {
    if (options.split !== undefined) assertSplit('blockTensorTrain', options.split, cores, inSize, outSize);
    const split = options.split ?? bestSplit(inSize, outSize, { cores });
    const bonds = chainBonds('blockTensorTrain', rank, split, { in: inSize, out: outSize, isShared: false });
    return chainPlan(structure, { ...split, in: inSize, out: outSize, bonds, shared: false });
  });
}
