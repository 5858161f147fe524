export { loadNano, nanoWeights } from './load-nano.ts';
export {
  chronos2Recipe,
  type KernelSeries,
  kernelPool,
  type NanoRecipe,
  nanoRecipe,
  nanoSources,
  recipes,
  t5Recipe,
} from './recipe.ts';
