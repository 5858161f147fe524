export { bernoulli, bits, foldIn, key, normal, split, uniform } from './random.ts';
