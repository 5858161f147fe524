export { kernelPool, type NanoRecipe, nanoRecipe, nanoSources } from './recipe.ts';
