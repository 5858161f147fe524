// Derivatives of one's own functions

export { type BackendLawOptions, backendLaws } from './backend-laws.ts';
export { type BatchingLawOptions, batchingLaws } from './batching-laws.ts';
export { type CheckGradientsOptions, checkGradients, type DerivativeMode } from './check-gradients.ts';

// Memory over many steps
export { checkSteadyMemory, type SteadyMemoryOptions } from './check-steady-memory.ts';

// Laws of the engine's families; `run` throws where a law does not hold
export type { AssertClose, CloseOptions, Law } from './law.ts';
// The einsum's definition
export { odometerEinsum } from './odometer-einsum.ts';
export { odometerPlan } from './odometer-plan.ts';
export { checkOneSidedDerivatives, type ElementwiseTensorFunction } from './one-sided-derivatives.ts';
export { type PrimitiveLawOptions, primitiveLaws } from './primitive-laws.ts';
