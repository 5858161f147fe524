import './primitives/index.ts';
import './device/install-methods.ts';

// values
export { type CreateOptions, arange, eye, fromBits, full, linspace, ones, tensor, zeros } from './tensor/create.ts';
export type {
  Axes,
  CumulativeSumOptions,
  NestedArray,
  ReductionOptions,
  SortOptions,
  WindowOptions,
} from './tensor/arguments.ts';
export { Tensor, type TensorLike, isTensor } from './tensor/tensor.ts';
export type { DType, StorageType, TypedArray } from './base/dtype.ts';
export type { Shape } from './base/shape.ts';
export { EinlabError, type EinlabErrorCode } from './base/errors.ts';

// the linear primitive
export { einsum } from './operations/einsum.ts';
export type { Optimize } from './plan/choose.ts';
export type { CostModel } from './plan/cost.ts';
export type { EinsumPlan } from './plan/einsum-plan.ts';
export { type PlanOptions, planEinsum } from './plan/plan-einsum.ts';
export { type Reduction, rearrange, reduce, repeat } from './operations/rearrange.ts';
export type { AxisSizes } from './notation/bind-grouped.ts';

// elementwise, with NumPy broadcasting
export {
  abs,
  add,
  broadcastTo,
  cast,
  ceil,
  clip,
  cos,
  divide,
  equal,
  erf,
  exp,
  expm1,
  floor,
  gelu,
  greater,
  greaterEqual,
  isFinite,
  isNaN,
  leakyRelu,
  less,
  lessEqual,
  log,
  log1p,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  maximum,
  minimum,
  multiply,
  negate,
  notEqual,
  power,
  reciprocal,
  relu,
  round,
  rsqrt,
  sigmoid,
  sign,
  silu,
  sin,
  softplus,
  sqrt,
  square,
  stopGradient,
  subtract,
  tanh,
  where,
} from './operations/elementwise.ts';
export { remainder } from './operations/remainder.ts';

// reductions
export { prod } from './operations/prod.ts';
export {
  all,
  any,
  argMax,
  argMin,
  logSoftmax,
  logSumExp,
  max,
  mean,
  min,
  softmax,
  sum,
  variance,
} from './operations/reductions.ts';
export { argSort, sort, topK } from './operations/sort.ts';
export { cumulativeSum } from './operations/cumulative-sum.ts';

// shape and indexing
export {
  concatenate,
  expandDims,
  flip,
  pad,
  reshape,
  slice,
  split,
  squeeze,
  stack,
  tile,
  transpose,
} from './operations/shape.ts';
export { window } from './operations/window.ts';
export { oneHot, scatterAdd, take, takeAlongAxis } from './operations/indexing.ts';

// randomness: explicit keys
/** Random numbers from explicit keys: the same key gives the same numbers on every backend. */
export * as random from './random/index.ts';

// differentiation
export { checkpoint } from './autodiff/checkpoint.ts';
export { customGradient } from './autodiff/custom-gradient.ts';
export { grad, type GradOptions, valueAndGrad } from './autodiff/grad.ts';
export { hvp } from './autodiff/hessian-vector.ts';
export { jvp } from './autodiff/jvp.ts';
export { vjp } from './autodiff/vjp.ts';
export type { BatchAxes } from './autodiff/batch-axes.ts';
export { vmap, type VmapOptions } from './autodiff/vmap.ts';

// devices and programs
export { type Compiled, type CompileOptions, compile } from './device/compile.ts';
export { type Device, type DeviceOptions, openDevice, setDefaultDevice } from './device/device.ts';
export type { TunedChoices } from './program/backend.ts';
export { evaluate, toBits } from './device/evaluate.ts';
export type { Profile, ProfiledKernel } from './device/profile.ts';
export type { DeviceKind, DeviceMemory, KernelRun } from './program/backend.ts';

// trees of tensors
export { mapTree, type Tree, treeEntries, treeLeaf, treeLeaves, unflattenLike } from './base/tree.ts';
