import { chainPlan } from './chain.ts';
import type { ChainSplit } from './chain-shape.ts';
import { type FactoredStructure, factoredStructure } from './factored-map.ts';
import { assertSplit, bestSplit } from './split/best-split.ts';

/** Options of `kronecker`. */
export interface KroneckerOptions {
  /** The digits (α, β) and (δ, ε), for maps of one size; by default the cheapest of full rank, see `bestSplit`. */
  readonly split?: ChainSplit;
}

/**
 * A Kronecker product of two small matrices, right ⊗ left.
 *
 *   x seen as X[β, α]
 *   Y[ε, δ] = Σ_βα X[β, α] · left[α, δ] · right[β, ε]        y is Y, ε slowest
 *
 * @remarks αδ + βε parameters, δβ(α + ε) multiply-accumulates (2d and 2d^(3/2) for d → d), rank min(α, δ)·min(β, ε).
 * @throws {EinlabError} `option` for a split that cannot hold the features
 */
export function kronecker(options: KroneckerOptions = {}): FactoredStructure {
  const { split } = options;
  const text =
    split === undefined
      ? 'kronecker()'
      : `kronecker({ split: { input: [${split.input.join(', ')}], output: [${split.output.join(', ')}] } })`;
  return factoredStructure('kronecker', text, (inSize, outSize, structure) => {
    if (split !== undefined) assertSplit('kronecker', split, 2, inSize, outSize);
    const chosen = split ?? bestSplit(inSize, outSize, { family: 'tensor-train' });
    return chainPlan(structure, { ...chosen, in: inSize, out: outSize, shared: true });
  });
}
