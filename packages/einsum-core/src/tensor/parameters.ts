import type { DType } from '../base/dtype.ts';
import type { Shape } from '../base/shape.ts';

/** An operation without parameters. */
export type None = Readonly<Record<never, never>>;

// biome-ignore format: a table is read by rows of kin
/** The parameters of the primitives that compute one element after the other, by name. */
export interface ElementwiseParameters {
  // arithmetic
  add: None; subtract: None; multiply: None; divide: None; power: None; maximum: None; minimum: None;
  negate: None; abs: None; sign: None; floor: None; ceil: None; round: None;
  // functions
  exp: None; expm1: None; log: None; log1p: None; sqrt: None; reciprocalSqrt: None; tanh: None; sigmoid: None; erf: None; sin: None; cos: None;
  // truth
  equal: None; notEqual: None; less: None; lessEqual: None; greater: None; greaterEqual: None;
  logicalAnd: None; logicalOr: None; logicalNot: None; select: None; isNaN: None;
  // types and bits
  cast: { readonly dtype: DType };
  shiftRight: { readonly amount: number };
  stopGradient: None;
  identity: None;
  barrier: None;
}

// biome-ignore format: a table is read by rows of kin
/** The parameters of the other primitives, by name: shapes, axes and constants that are fixed when a program is built. */
export interface StructuralParameters {
  /** `rule`: a `DerivativeRule`, seen by derivatives alone. */
  customRule: { readonly rule: object };
  // linear
  /** Axis numbers per operand (one or two) and of the output; sizes by axis number. */
  einsum: { readonly operands: readonly (readonly number[])[]; readonly output: readonly number[]; readonly sizes: readonly number[] };
  reshape: { readonly shape: Shape };
  /** Input axis i becomes output axis axes[i]; the other output axes repeat. */
  broadcast: { readonly shape: Shape; readonly axes: readonly number[] };
  slice: { readonly starts: readonly number[]; readonly sizes: readonly number[]; readonly steps: readonly number[] };
  pad: { readonly before: readonly number[]; readonly after: readonly number[]; readonly value: number };
  concatenate: { readonly axis: number };
  window: { readonly axis: number; readonly size: number; readonly stride: number; readonly dilation: number };
  windowSum: { readonly axis: number; readonly extent: number; readonly stride: number; readonly dilation: number };
  // folds
  reduceMax: { readonly axes: readonly number[] };
  /** The maximum, but NaN may be passed over and either zero be taken for the other. */
  reduceLargest: { readonly axes: readonly number[] };
  reduceMin: { readonly axes: readonly number[] };
  argSort: { readonly axis: number; readonly descending: boolean };
  cumulativeSum: { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean };
  // indexing
  gather: { readonly axis: number };
  scatterAdd: { readonly axis: number; readonly size: number };
  takeAlongAxis: { readonly axis: number };
  scatterAddAlongAxis: { readonly axis: number; readonly size: number };
  // sources
  constant: { readonly value: number; readonly dtype: DType };
  iota: { readonly shape: Shape; readonly axis: number };
  randomBits: { readonly shape: Shape };
}

/** The parameters of every primitive, by name. */
export interface PrimitiveParameters extends ElementwiseParameters, StructuralParameters {}

/** The name of a primitive. */
export type PrimitiveName = keyof PrimitiveParameters;

/** The name of a primitive that computes one element after the other. */
export type ElementwiseName = keyof ElementwiseParameters;

/** The name of a primitive that does not. */
export type StructuralName = keyof StructuralParameters;
