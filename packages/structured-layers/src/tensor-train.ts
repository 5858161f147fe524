import { type ChainOptions, chainText } from './block-tensor-train.ts';
import { chainPlan } from './chain.ts';
import { chainBonds } from './chain-bonds.ts';
import { type FactoredStructure, factoredStructure } from './factored-map.ts';
import { wholeNumber } from './options.ts';
import { assertSplit, bestSplit } from './split/best-split.ts';

/**
 * A tensor-train matrix: a sum of Kronecker products that share their cores, one small matrix per digit.
 *
 *   x seen as X[β, α]
 *   Z[β, ρ, δ] = Σ_α   X[β, α] · left[α, ρ, δ]
 *   Y[ε, δ]    = Σ_ρβ  Z[β, ρ, δ] · right[ρ, β, ε]        y is Y, ε slowest
 *
 * With N cores: `core i` contracts the digit n_i of X[n_N, …, n₁] and produces the digit m_i of Y[m_N, …, m₁], so that
 * at rank 1 the dense equivalent is core_N ⊗ … ⊗ core₁.
 *
 * @param options - `rank` ρ (default 1), `cores` N (default 2), `split` to choose the digits yourself; otherwise those of
 *   `kronecker`, the cheapest with which rank 1 can already give every rank
 * @remarks ρ(αδ + βε) parameters, δβρ(α + ε) multiply-accumulates: 2ρd and 2ρd^(3/2) for d → d.
 *   A bond in a longer chain is no larger than the digits on either side of it can use.
 * @throws {EinlabError} `option` for a rank, number of cores or split that is none, and when maps are realized for a rank that is larger
 *   than the digits can use
 * @see Oseledets 2011, "Tensor-train decomposition"; Novikov et al. 2015, "Tensorizing neural networks"
 */
export function tensorTrain(options: ChainOptions = {}): FactoredStructure {
  const rank = wholeNumber('tensorTrain', 'rank', options.rank ?? 1, 1);
  const cores = wholeNumber('tensorTrain', 'cores', options.cores ?? 2, 2);
  const text = chainText('tensorTrain', options);
  return factoredStructure('tt', text, (inSize, outSize, structure) => {
    if (options.split !== undefined) assertSplit('tensorTrain', options.split, cores, inSize, outSize);
    const split = options.split ?? bestSplit(inSize, outSize, { family: 'tensor-train', cores });
    const bonds = chainBonds('tensorTrain', rank, split, { in: inSize, out: outSize, isShared: true });
    return chainPlan(structure, { ...split, in: inSize, out: outSize, bonds, shared: true });
  });
}
