export { loadNano, nanoWeights } from './load-nano.ts';
export { type KernelSeries, kernelPool, type NanoRecipe, nanoRecipe, nanoSources } from './recipe.ts';
