// The protocol, which nn owns because its linear layer takes a structure
export { type CoreShape, type Cores, dense, type Structure, type StructuredMap } from '@einlab/nn';
// Structures
export { type BlastOptions, blast } from './blast.ts';
export { type BlockDiagonalOptions, blockDiagonal } from './block-diagonal.ts';
export { blockTensorTrain, type ChainOptions } from './block-tensor-train.ts';
export type { ChainCost, ChainSplit } from './chain-shape.ts';
export { type ButterflyOptions, butterfly } from './butterfly.ts';
export { circulant, type DiagonalMap, type DiagonalStructure, toeplitz } from './diagonal-structure.ts';
export { cheaperOrder, type EinsumCost, type EinsumOrder, einsumCost, einsumRankBound } from './einsum/einsum-cost.ts';
export type { EinsumSizes } from './einsum/einsum-sizes.ts';
// The space that the named structures are points of
export {
  type EinsumMap,
  type EinsumStructure,
  type EinsumStructureOptions,
  einsumStructure,
} from './einsum/einsum-structure.ts';
export { einsumPoints, type GridPoint, paperGrid } from './einsum/points.ts';
export { canonicalTheta, formatTheta, parseTheta, type Theta } from './einsum/theta.ts';
export type { FactoredMap, FactoredStructure, Stage } from './factored-map.ts';
export { type HeadAlignedOptions, headAligned } from './head-aligned.ts';
export { type KroneckerOptions, kronecker } from './kronecker.ts';
export { type LowRankOptions, lowRank } from './low-rank.ts';
export { type MonarchOptions, monarch } from './monarch.ts';

export { type SumMap, type SumStructure, sumOf } from './sum-of.ts';

// Structures in models
export { type LinearPlace, type LinearSelection, linearLayers, mapLinear } from './model/map-linear.ts';
export { type ReplaceLinearOptions, replaceLinear } from './model/replace-linear.ts';
// From dense matrices and back
export { type ConvertOptions, convertModel, mergeModel, mergeToDense } from './project/convert.ts';
export { type Projection, type ProjectOptions, project } from './project/project.ts';

// Choosing factors, and comparing what they give
export { type BestSplitOptions, bestSplit } from './split/best-split.ts';
export { type ExactTaxonomy, exactTaxonomy, type Taxonomy, taxonomy } from './taxonomy.ts';
export { tensorTrain } from './tensor-train.ts';

// Scaling laws
export {
  computeMultiplier,
  estimateMultiplier,
  type MultiplierEstimate,
  type MultiplierOptions,
  type SampledPoint,
} from './scaling/compute-multiplier.ts';
export {
  estimateExponent,
  type ExponentEstimate,
  fitFrontier,
  type FittedFrontier,
  type FrontierOptions,
} from './scaling/fit-frontier.ts';
export { computeAtLoss, frontier, type ScalingPoint } from './scaling/frontier.ts';
export { fitPowerLaw, type PowerLaw, type PowerLawOptions } from './scaling/power-law.ts';

// Search
export {
  denseCandidate,
  gridCandidates,
  randomCandidates,
  refinedCandidates,
  type SearchCandidate,
  type SpaceLimits,
} from './search/candidates.ts';
export {
  halvingRungs,
  type RankedCandidate,
  type Rung,
  type SearchOptions,
  type SearchOutcome,
  search,
} from './search/search.ts';
export { type SearchResult, type SearchRun, searchRunKey } from './search/search-run.ts';
