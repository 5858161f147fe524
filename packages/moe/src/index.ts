export { type BttMoeOptions, bttMoe } from './btt-moe.ts';
export type { MixtureMap, MixtureOptions, MixtureStructure } from './mixture-map.ts';
export * from './routing/observe-routing.ts';
export { routingLoss } from './loss/routing-loss.ts';
export { balanceLoss } from './loss/balance-loss.ts';
export { routerZLoss } from './loss/router-z-loss.ts';
