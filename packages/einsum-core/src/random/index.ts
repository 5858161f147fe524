export { categorical, type CategoricalOptions } from './categorical.ts';
export { permutation } from './permutation.ts';
export { bernoulli, bits, foldIn, key, normal, split, uniform } from './random.ts';
