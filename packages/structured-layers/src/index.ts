// The protocol, which nn owns because its linear layer takes a structure
export { type CoreShape, type Cores, dense, type Structure, type StructuredMap } from '@einlab/nn';
// Structures
export { blockTensorTrain, type ChainOptions } from './block-tensor-train.ts';
export type { ChainCost, ChainSplit } from './chain-shape.ts';
export type { FactoredMap, FactoredStructure, Stage } from './factored-map.ts';
export { type KroneckerOptions, kronecker } from './kronecker.ts';
export { type LowRankOptions, lowRank } from './low-rank.ts';
export { type MonarchOptions, monarch } from './monarch.ts';

// Choosing factors, and comparing what they give
export { type BestSplitOptions, bestSplit } from './split/best-split.ts';
export { type ExactTaxonomy, exactTaxonomy } from './taxonomy.ts';
export { tensorTrain } from './tensor-train.ts';
