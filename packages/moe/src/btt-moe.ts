import { type ChainOptions, blockTensorTrain } from '@einlab/structured-layers';
import { structuredExperts } from './experts/structured-experts.ts';
import { type MixtureOptions, type MixtureStructure, mixtureStructure } from './mixture-map.ts';

/** Options of `bttMoe`. */
export interface BttMoeOptions extends MixtureOptions, ChainOptions {}

/**
 * A mixture of block tensor trains, for every linear layer of a model: the experts are the slices of a bond, and a router of the layer's own
 * picks k of E for each token.
 *
 *   x seen as X[γ, α]
 *   Z[expert, γ, φ] = Σ_α X[γ, α] · left[expert, γ, α, φ]
 *   Y[φ, ε]         = Σ_expert gate[expert](x) · Σ_γ Z[expert, γ, φ] · right[expert, φ, γ, ε]        y is Y, φ slowest
 *
 * With all gates 1 this is a block tensor train of rank E. Cores are initialized, and their learning rates chosen, as if each expert were a
 * map of its own; weight normalization takes the RMS over all experts together.
 *
 * @param options - `experts` E and `k` (default 2); `router`, `capacity`; `rank` of each expert (default 1), `cores` and `split` as of
 *   `blockTensorTrain`
 * @remarks E·γφ(α + ε) + E·in parameters, k·γφ(α + ε) + E·in multiply-accumulates for a token, with rank 1.
 * @throws {EinlabError} `option` for k above E, and what `blockTensorTrain` refuses
 * @see Potapczynski, Qiu et al. 2024, "Searching for Efficient Linear Layers over a Continuous Space of Structured Matrices"
 * @example `transformer.init(key, { …, structure: bttMoe({ experts: 8 }) })`
 */
export function bttMoe(options: BttMoeOptions): MixtureStructure {
  const { experts, k = 2, rank, cores, split } = options;
  const chain = blockTensorTrain({
    ...(rank === undefined ? {} : { rank }),
    ...(cores === undefined ? {} : { cores }),
    ...(split === undefined ? {} : { split }),
  });
  const own = `${chain}`.replace(/^blockTensorTrain\(\{ (?:rank: 1(?:, )?)?(.*?) ?\}\)$/, '$1');
  const text = `bttMoe({ experts: ${experts}, k: ${k}${own === '' ? '' : `, ${own}`} })`;
  return mixtureStructure({ name: 'btt-moe', text, options }, (sizes) =>
    structuredExperts('bttMoe', chain, experts, sizes),
  );
}
