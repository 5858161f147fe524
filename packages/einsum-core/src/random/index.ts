/**
 * Random numbers from explicit keys: the same key gives the same numbers on every backend.
 *
 * @module
 */
export { bernoulli, bits, foldIn, key, normal, split, uniform } from './random.ts';
