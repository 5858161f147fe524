// The protocol, which nn owns because its linear layer takes a structure
export { type Cores, type CoreShape, dense, type Structure, type StructuredMap } from '@einlab/nn';
export type { FactoredMap, FactoredStructure, Stage } from './factored-map.ts';

// Structures
export { blockTensorTrain, type ChainOptions } from './block-tensor-train.ts';
export { kronecker, type KroneckerOptions } from './kronecker.ts';
export { lowRank, type LowRankOptions } from './low-rank.ts';
export { monarch, type MonarchOptions } from './monarch.ts';
export { tensorTrain } from './tensor-train.ts';

// Choosing factors, and comparing what they give
export { bestSplit, type BestSplitOptions } from './split/best-split.ts';
export type { ChainCost, ChainSplit } from './chain-shape.ts';
export { exactTaxonomy, type ExactTaxonomy } from './taxonomy.ts';
