// Structures of linear maps
export type { CoreOptions, CoreShape, Cores, RateOptions, Structure, StructuredMap } from './structure.ts';
export { coreDeviation, coreNamed, coreRates, initializeCores, normalizeCores } from './cores.ts';
export { assertFeatures, dense } from './dense.ts';
