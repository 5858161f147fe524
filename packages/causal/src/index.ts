// Graphs

// Tables and simulated data
export {
  assertInterventions,
  type Interventions,
  isTargeted,
  observationalRows,
  type Regime,
  targetedNodes,
} from './data/interventions.ts';
export { type ReadTable, type ReadTableOptions, readTable } from './data/read-table.ts';
export { normalScores, standardizeTable } from './data/standardize.ts';
export { type Column, namesOf, type Table, tableFromRows, tableOf, takeColumns, takeRows } from './data/table.ts';
// Distances between graphs, and scores of found edges
export {
  type AdjustmentDistance,
  type AdjustmentStrategy,
  adjustmentDistance,
  structuralInterventionDistance,
} from './distance/adjustment.ts';
export {
  averagePrecision,
  orderedPairs,
  type PrecisionRecall,
  precisionRecallCurve,
  skeletonPairs,
} from './distance/average-precision.ts';
export {
  type EdgeScores,
  type NotearsCounts,
  notearsCounts,
  orientationScores,
  skeletonScores,
} from './distance/edge-scores.ts';
export { cpdagHamming, structuralHamming, structuralHammingDouble } from './distance/structural-hamming.ts';
// Files of graphs
export {
  type AdjacencyOptions,
  type EdgeDirection,
  readAdjacencyCsv,
  writeAdjacencyCsv,
} from './format/adjacency-csv.ts';
export type { BayesianNetwork, ConditionalTable } from './format/bayesian-network.ts';
export { readBif, writeBif } from './format/bif.ts';
export { readDagitty, writeDagitty } from './format/dagitty.ts';
export { readDot, writeDot } from './format/dot.ts';
export {
  type GraphJson,
  graphToJson,
  readEdgeListCsv,
  readGraphJson,
  writeEdgeListCsv,
  writeGraphJson,
} from './format/edge-list.ts';
export { readGml, writeGml } from './format/gml.ts';
export { readGraphml, writeGraphml } from './format/graphml.ts';
export { type KnowledgeText, readKnowledge, writeKnowledge } from './format/knowledge-file.ts';
export { readMatrixMarket, writeMatrixMarket } from './format/matrix-market.ts';
export { readModelString, writeModelString } from './format/model-string.ts';
export {
  formatOfName,
  type GraphFormat,
  graphEndings,
  type ReadGraphOptions,
  readGraph,
  type WritableGraphFormat,
  writeGraph,
} from './format/read-graph.ts';
export { readTetrad, writeTetrad } from './format/tetrad.ts';
export { cpdagOf, interventionalCpdag, type VStructure, vStructures } from './graph/cpdag.ts';
export { dSeparated } from './graph/d-separation.ts';
export { asDag, causalOrder, dag, isDag, skeleton } from './graph/dag.ts';
export { dagsOf } from './graph/equivalence-class.ts';
export { completePdag, consistentExtension, isCpdag } from './graph/extension.ts';
export {
  adjacentTo,
  childrenOf,
  directedEdges,
  type Edge,
  edgeCount,
  type Graph,
  type GraphKind,
  isAdjacent,
  isDirected,
  isUndirected,
  neighborsOf,
  nodeIndex,
  parentsOf,
  pdag,
  reorderNodes,
  sameGraph,
  undirectedEdges,
} from './graph/graph.ts';
export { meekClosure } from './graph/meek.ts';
export { markovBlanket, moralGraph } from './graph/moral.ts';
export { findCycle } from './graph/order.ts';
// Tests of independence and of adjacency
export { type ContingencyOptions, chiSquare } from './independence/chi-square.ts';
export {
  type DatLinearOptions,
  datLinear,
  type LinearSeparation,
  type SoftCorrelation,
  softPartialCorrelation,
} from './independence/dat-linear.ts';
export type { Certificate, DatOutcome, DatTraining } from './independence/dat-options.ts';
export { type DatTestOptions, type DatTestResult, datTest } from './independence/dat-test.ts';
export type { Decision, PairDecision } from './independence/decision.ts';
export { fisherZ, fisherZFromCorrelations, partialCorrelation } from './independence/fisher-z.ts';
export type { IndependenceOutcome, IndependenceTest } from './independence/independence-test.ts';
export { dSeparationOracle } from './independence/oracle.ts';
export { wilks } from './independence/wilks.ts';
export { graphToSvg, type SvgOptions } from './render/svg.ts';
// Searches
export { bdeu } from './search/bdeu.ts';
export { type DagmaOptions, dagma } from './search/dagma.ts';
export { type DatGraphResult, datGraph } from './search/dat-graph.ts';
export type { DatGraphOptions } from './search/dat-graph-options.ts';
export type { PairEvidence } from './search/dat-pair-tests.ts';
export { type DirectLingamOptions, directLingam } from './search/direct-lingam.ts';
export {
  type DiscoverMethod,
  type DiscoverOptions,
  discover,
  discoverMethods,
  suitableTest,
} from './search/discover.ts';
export type { AbsenceCertificate, Discovery, SearchControl, SearchProgress } from './search/discovery.ts';
export { discoveryToJson } from './search/discovery-json.ts';
export { type GesOptions, ges } from './search/ges.ts';
export { type HillClimbOptions, hillClimb } from './search/hill-climb.ts';
export {
  type InterventionScore,
  type InterventionScoreOptions,
  type InterventionScores,
  interventionScores,
} from './search/intervention-scores.ts';
export type { Knowledge } from './search/knowledge.ts';
export {
  type BdeuOptions,
  type GaussianBicOptions,
  gaussianBic,
  gaussianBicFromCovariance,
  type LocalScore,
  totalScore,
} from './search/local-score.ts';
export { type NetworkNeighborhoodOptions, networkNeighborhood } from './search/network-neighborhood.ts';
export { type NotearsOptions, notears } from './search/notears.ts';
export { type PcOptions, pc } from './search/pc.ts';
export { type SdcdOptions, sdcd } from './search/sdcd.ts';
export type { DatCheckpoint } from './search/search-checkpoint.ts';
export { type SortAndRegressOptions, sortAndRegress } from './search/sort-n-regress.ts';
export { type Stability, type StabilityOptions, stability } from './search/stability.ts';
export {
  drawExpressionModel,
  type ExpressionModel,
  type ExpressionOptions,
  type SimulateExpressionOptions,
  simulateExpression,
} from './simulate/expression.ts';
export { dropletNoise, type TechnicalNoise } from './simulate/expression-noise.ts';
export { drawLinearModel, drawWeights, linearModel, populationCovariance } from './simulate/linear.ts';
export type { Mechanism, MechanismKind } from './simulate/mechanism.ts';
export type { NoiseKind } from './simulate/noise.ts';
export { bandDag, erdosRenyi, scaleFree, smallWorld } from './simulate/random-dag.ts';
export { sampleNetwork } from './simulate/sample-network.ts';
export {
  drawModel,
  type Experiment,
  type ModelOptions,
  type Simulated,
  type SimulateOptions,
  type StructuralModel,
  simulate,
} from './simulate/simulate.ts';
export { type Sortability, sortabilities, sortability } from './simulate/sortability.ts';
