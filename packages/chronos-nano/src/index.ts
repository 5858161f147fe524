export { loadNano, nanoWeights } from './load-nano.ts';
export { kernelPool, type NanoRecipe, nanoRecipe, nanoSources } from './recipe.ts';
