// Declaring tests
export { type BackendName, backends, describeOnBackends, describeWhereFound } from './backends.ts';
export { isRequired } from './required.ts';
export { checkProperty, type PropertyOptions, type PropertyPredicate } from './check-property.ts';
export { type DeclaredLaw, itLaws } from './laws.ts';
export { property } from './property.ts';
export type { PropertyMeta } from './meta.ts';
export { SEED, parseSeed } from './seed.ts';

// Comparing numbers
export { assertClose } from './assert-close.ts';
export type { AssertCloseOptions } from './mismatch.ts';
export { type Tolerance, type ToleranceDtype, toleranceFor } from './tolerance.ts';

// Numbers of 16 bits, by their definition
export { ALL_PATTERNS, boundaryValues, nearestBits, valueOfBits } from './sixteen-bit.ts';

// Data that lies beside the repository
export { type WebgpuEnvironment, webgpuEnvironment } from './webgpu-environment.ts';
export { type Golden, type GoldenOptions, loadGolden } from './golden.ts';
export { itWithShared, sharedDirectory, sharedPath } from './shared.ts';

// Arbitraries
export { axisLetter, axisName, invalidAxisName } from './arbitraries/axis-name.ts';
export { type EinsumCase, type EinsumCaseOptions, einsumCase } from './arbitraries/einsum-pattern.ts';
export {
  awkwardFloat32,
  awkwardFloat32Array,
  awkwardFloat32Values,
  float32,
  float32Array,
  type Float32Options,
} from './arbitraries/float32.ts';
export { axisSize, type AxisSizeOptions, limitSize, shape, type ShapeOptions } from './arbitraries/shape.ts';
export {
  wellConditioned,
  type WellConditionedMatrix,
  type WellConditionedOptions,
} from './arbitraries/well-conditioned.ts';
