// Units
export { type Bits, bits, type Nats, nats, toBits, toNats } from './base/units.ts';

// Losses and their ranges
export { type LossRange, lossRange, rootMeanSquareRange, type Smoothing, smoothedLoss } from './risk/smoothing.ts';
export { randomGuessError, randomGuessLoss } from './risk/random-guess.ts';

// What a hypothesis costs
export { complexityNats, type PriorForm, type PriorOptions, priorForms, selectionBits } from './complexity/prior.ts';

// Inequalities
export type { Bound, BoundMethod, BoundTerms } from './inequality/bound.ts';
export type { Sample } from './inequality/sample.ts';
export {
  documentBound,
  finiteHypothesisBound,
  type RangeBoundInput,
  tokenBound,
  topKBound,
} from './inequality/token-bound.ts';
export {
  type CatoniTokenInput,
  catoniTokenBound,
  type TemperatureGrid,
} from './inequality/catoni-token-bound.ts';
export { defaultBets, type FreedmanInput, freedmanBound } from './inequality/freedman-bound.ts';
export {
  catoniBound,
  catoniUnionBound,
  convexityBound,
  klBound,
  mcAllesterBound,
  type PacBayesInput,
} from './inequality/pac-bayes.ts';
export { binaryKl, klInverse } from './inequality/kl-inverse.ts';
export { empiricalBernstein } from './inequality/empirical-bernstein.ts';
