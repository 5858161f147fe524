// Derivatives of one's own functions
export { checkGradients, type CheckGradientsOptions, type DerivativeMode } from './check-gradients.ts';
export { checkOneSidedDerivatives, type ElementwiseTensorFunction } from './one-sided-derivatives.ts';

// Laws of the engine's families; `run` throws where a law does not hold
export type { AssertClose, CloseOptions, Law } from './law.ts';
export { type PrimitiveLawOptions, primitiveLaws } from './primitive-laws.ts';
export { type BackendLawOptions, backendLaws } from './backend-laws.ts';

// The einsum's definition
export { odometerEinsum } from './odometer-einsum.ts';
export { odometerPlan } from './odometer-plan.ts';
