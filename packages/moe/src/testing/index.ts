// The definitions in plain loops, for routers and mixtures of one's own
export { denseOracle } from './dense-oracle.ts';
export { capacityOracle, type OracleChoice, routingOracle } from './routing-oracle.ts';
