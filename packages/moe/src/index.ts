// Mixtures as structures of linear layers
export { type BttMoeOptions, bttMoe } from './btt-moe.ts';
export type { ExpertBank } from './experts/expert-bank.ts';
export type { MixtureMap, MixtureOptions, MixtureStructure } from './mixture-map.ts';
export { denseMoe, type LowRankMoeOptions, lowRankMoe, mixtureOf } from './mixture-of.ts';
// The standard mixture of perceptrons
export { type MoeMlpOptions, moeMlp } from './moe-mlp.ts';
export {
  type MoeTransformer,
  type MoeTransformerBlock,
  type MoeTransformerOptions,
  moeTransformer,
} from './model/moe-transformer.ts';
// Routing
export type { Capacity, DropPolicy } from './routing/capacity.ts';
export { expertChoiceRouter } from './routing/expert-choice-router.ts';
export { noisyRouter } from './routing/noisy-router.ts';
export { type LayerRouting, type Observed, observeRouting } from './routing/observe-routing.ts';
export type { Choice, Router, RouterInput } from './routing/router.ts';
export type { Routing } from './routing/routing.ts';
export { sigmoidRouter } from './routing/sigmoid-router.ts';
export { type TopKRouterOptions, topKRouter } from './routing/top-k-router.ts';
// Execution
export { applyGathered } from './execution/apply-gathered.ts';
export { type Dispatch, dispatch } from './execution/dispatch.ts';
export { combineRows, gatherRows, type RowPlaces } from './execution/rows.ts';
export { type Execution, type ExecutionPlan, planExecution } from './execution/plan-execution.ts';
// Losses
export { balanceLoss } from './loss/balance-loss.ts';
export { importanceLoss } from './loss/importance-loss.ts';
export { routerZLoss } from './loss/router-z-loss.ts';
export { type RoutingLossOptions, routingLoss } from './loss/routing-loss.ts';
// Measures and counts
export { addRoutingSums, measureRouting, type RoutingMeasure, type RoutingTotals } from './measure/measure-routing.ts';
export { type RoutingSums, routingSums } from './measure/routing-sums.ts';
export { balanceBiases } from './model/balance-biases.ts';
export { countActiveParameters, isMixture } from './model/count-active-parameters.ts';
