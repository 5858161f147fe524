import type { DType } from '../base/dtype.ts';
import {
  add,
  constantLike,
  cos,
  divide,
  equal,
  exp,
  greater,
  less,
  log,
  logicalAnd,
  multiply,
  negate,
  power,
  sign,
  sin,
  square,
  subtract,
  where,
} from '../operations/elementwise.ts';
import type { ElementwiseName, PrimitiveParameters } from '../tensor/parameters.ts';
import type { Call, TensorType } from '../tensor/primitive.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** What distinguishes one elementwise primitive from another where graphs are built. */
export interface ElementwiseRule<Parameters> {
  /** Accepted input types, one list per input. */
  readonly accepts: readonly (readonly DType[])[];
  /** The output's type; the first input's unless given. */
  dtype?(inputs: readonly TensorType[], parameters: Parameters): DType;
  /**
   * A cotangent or tangent times ∂output/∂input i at this call, or `null` where that is zero everywhere, as it is without
   * a rule. Both derivative rules follow from it.
   */
  scale?(factor: Tensor, call: Call<Parameters>, input: number): Tensor | null;
  /** The values are moved or converted, not computed with: 16-bit types come as they are. */
  readonly moves?: boolean;
}

/** The types that arithmetic is done in. */
const NUMERIC: readonly DType[] = ['f32', 'i32', 'u32'];
const FLOAT: readonly DType[] = ['f32'];
const BOOL: readonly DType[] = ['bool'];
const ANY: readonly DType[] = ['f32', 'i32', 'u32', 'bool', 'f16', 'bf16'];

/** Each elementwise primitive: the types it takes, and its derivative. */
export const elementwiseRules: {
  readonly [Name in ElementwiseName]: ElementwiseRule<PrimitiveParameters[Name]>;
} = {
  /** a + b; integers wrap around. */
  add: {
    accepts: [NUMERIC, NUMERIC],
    scale: (factor) => factor, // ∂(a + b) = ∂a + ∂b
  },
  /** a − b; integers wrap around. */
  subtract: {
    accepts: [NUMERIC, NUMERIC],
    scale: (factor, _call, input) => (input === 0 ? factor : negate(factor)), // ∂(a − b) = ∂a − ∂b
  },
  /** a · b; integers wrap around. */
  multiply: {
    accepts: [NUMERIC, NUMERIC],
    scale: (factor, { inputs }, input) => multiply(factor, inputs[1 - input]), // ∂(a·b) = b·∂a + a·∂b
  },
  /** a / b. */
  divide: {
    accepts: [FLOAT, FLOAT],
    scale: (factor, { inputs: [, b], output }, input) =>
      // ∂(a/b) = ∂a/b − (a/b)·∂b/b
      input === 0 ? divide(factor, b) : negate(divide(multiply(factor, output), b)),
  },
  /** aᵇ as C’s pow: x⁰ = 1, negative bases take whole exponents only. */
  power: {
    accepts: [FLOAT, FLOAT],
    scale: (factor, { inputs: [a, b], output }, input) =>
      input === 0
        ? // ∂aᵇ/∂a = b·aᵇ⁻¹, and 0 where a = b = 0; there a is replaced, not the product, so that ∂²aᵇ/∂a∂b stays right at b = 0
          multiply(factor, multiply(b, power(where(logicalAnd(equal(a, 0), equal(b, 0)), 1, a), subtract(b, 1))))
        : // ∂aᵇ/∂b = aᵇ·ln a, and 0 where a = 0, its limit for b > 0
          multiply(factor, where(equal(a, 0), 0, multiply(output, log(where(equal(a, 0), 1, a))))),
  },
  /** The larger of a and b; NaN if either is NaN. */
  maximum: {
    accepts: [NUMERIC, NUMERIC],
    scale: (factor, { inputs: [a, b] }, input) => {
      // 1 where this operand wins, ½ on ties: the mean of the one-sided derivatives
      const [own, other] = input === 0 ? [a, b] : [b, a];
      return multiply(factor, where(greater(own, other), 1, where(equal(own, other), constantLike(own, 0.5), 0)));
    },
  },
  /** The smaller of a and b; NaN if either is NaN. */
  minimum: {
    accepts: [NUMERIC, NUMERIC],
    scale: (factor, { inputs: [a, b] }, input) => {
      // 1 where this operand wins, ½ on ties: the mean of the one-sided derivatives
      const [own, other] = input === 0 ? [a, b] : [b, a];
      return multiply(factor, where(less(own, other), 1, where(equal(own, other), constantLike(own, 0.5), 0)));
    },
  },
  /** −x. */
  negate: {
    accepts: [NUMERIC],
    scale: (factor) => negate(factor), // ∂(−x) = −∂x
  },
  /** |x|; the derivative at 0 is 0. */
  abs: {
    accepts: [NUMERIC],
    scale: (factor, { inputs: [x] }) => multiply(factor, sign(x)),
  },
  /** −1, 0 or 1, NaN for NaN; derivative zero. */
  sign: {
    accepts: [FLOAT],
  },
  /** The largest whole number ≤ x; derivative zero. */
  floor: {
    accepts: [FLOAT],
  },
  /** The smallest whole number ≥ x; derivative zero. */
  ceil: {
    accepts: [FLOAT],
  },
  /** The nearest whole number, ties to even; derivative zero. */
  round: {
    accepts: [FLOAT],
  },
  /** eˣ. */
  exp: {
    accepts: [FLOAT],
    scale: (factor, { output }) => multiply(factor, output), // ∂eˣ = eˣ·∂x
  },
  /** eˣ − 1, accurate near 0. */
  expm1: {
    accepts: [FLOAT],
    scale: (factor, { output }) => multiply(factor, add(output, 1)), // ∂(eˣ − 1) = eˣ·∂x
  },
  /** ln x; NaN below 0, −∞ at 0. */
  log: {
    accepts: [FLOAT],
    scale: (factor, { inputs: [x] }) => divide(factor, x), // ∂ln x = ∂x/x
  },
  /** ln(1 + x), accurate near 0. */
  log1p: {
    accepts: [FLOAT],
    scale: (factor, { inputs: [x] }) => divide(factor, add(x, 1)), // ∂ln(1 + x) = ∂x/(1 + x)
  },
  /** √x; NaN below 0. */
  sqrt: {
    accepts: [FLOAT],
    scale: (factor, { output }) => divide(multiply(factor, 0.5), output), // ∂√x = ∂x/(2√x)
  },
  /** 1/√x; ∞ at 0, NaN below. */
  reciprocalSqrt: {
    accepts: [FLOAT],
    scale: (factor, { inputs: [x], output }) => divide(multiply(multiply(factor, output), -0.5), x), // ∂x^{−½} = −½·x^{−½}/x·∂x
  },
  /** Hyperbolic tangent. */
  tanh: {
    accepts: [FLOAT],
    scale: (factor, { output }) => multiply(factor, subtract(1, square(output))), // ∂tanh x = (1 − tanh² x)·∂x
  },
  /** 1/(1 + e⁻ˣ). */
  sigmoid: {
    accepts: [FLOAT],
    scale: (factor, { output }) => multiply(factor, multiply(output, subtract(1, output))), // σ′ = σ·(1 − σ)
  },
  /** The error function 2/√π·∫₀ˣ e^{−t²}dt. */
  erf: {
    accepts: [FLOAT],
    scale: (factor, { inputs: [x] }) => multiply(factor, multiply(exp(negate(square(x))), 2 / Math.sqrt(Math.PI))), // erf′ x = 2/√π·e^{−x²}
  },
  /** Sine of radians. */
  sin: {
    accepts: [FLOAT],
    scale: (factor, { inputs: [x] }) => multiply(factor, cos(x)), // ∂sin x = cos x·∂x
  },
  /** Cosine of radians. */
  cos: {
    accepts: [FLOAT],
    scale: (factor, { inputs: [x] }) => multiply(factor, negate(sin(x))), // ∂cos x = −sin x·∂x
  },
  /** a === b, as bool; comparisons with NaN are false. Its derivative is zero. */
  equal: {
    accepts: [NUMERIC, NUMERIC],
    dtype: () => 'bool',
  },
  /** a !== b, as bool; comparisons with NaN are false except this one. Its derivative is zero. */
  notEqual: {
    accepts: [NUMERIC, NUMERIC],
    dtype: () => 'bool',
  },
  /** a < b, as bool; comparisons with NaN are false. Its derivative is zero. */
  less: {
    accepts: [NUMERIC, NUMERIC],
    dtype: () => 'bool',
  },
  /** a <= b, as bool; comparisons with NaN are false. Its derivative is zero. */
  lessEqual: {
    accepts: [NUMERIC, NUMERIC],
    dtype: () => 'bool',
  },
  /** a > b, as bool; comparisons with NaN are false. Its derivative is zero. */
  greater: {
    accepts: [NUMERIC, NUMERIC],
    dtype: () => 'bool',
  },
  /** a >= b, as bool; comparisons with NaN are false. Its derivative is zero. */
  greaterEqual: {
    accepts: [NUMERIC, NUMERIC],
    dtype: () => 'bool',
  },
  /** Both, of bool. */
  logicalAnd: {
    accepts: [BOOL, BOOL],
  },
  /** Either, of bool. */
  logicalOr: {
    accepts: [BOOL, BOOL],
  },
  /** Not, of bool. */
  logicalNot: {
    accepts: [BOOL],
  },
  /** The second input where the first (bool) holds, else the third. */
  select: {
    accepts: [BOOL, ANY, ANY],
    dtype: (inputs) => inputs[1].dtype,
    // a product with 0 or 1 would turn an infinite cotangent into NaN, so the factor itself is selected.
    scale: (factor, { inputs: [condition] }, input) =>
      input === 1 ? where(condition, factor, 0) : where(condition, 0, factor),
    moves: true,
  },
  /** True where x is NaN. */
  isNaN: {
    accepts: [FLOAT],
    dtype: () => 'bool',
  },
  /**
   * The same values as another element type, rounded to it. Its derivative is zero unless both types are floating, where it
   * is 1: rounding has none.
   */
  cast: {
    accepts: [ANY],
    dtype: (_inputs, { dtype }) => dtype,
    scale: (factor) => factor, // asked only where both types are floating
    moves: true,
  },
  /** Bits moved right by a constant: zeros enter for u32, the sign for i32. */
  shiftRight: {
    accepts: [['i32', 'u32']],
  },
  /** x, with derivative zero. */
  stopGradient: {
    accepts: [ANY],
    moves: true,
  },
  /** x itself: the handle by which a derivative knows its argument. */
  identity: {
    accepts: [ANY],
    scale: (factor) => factor,
    moves: true,
  },
  /**
   * The first input, not before the second is known. Programs keep it, so what is computed from it is neither merged with
   * what is computed from the input itself, nor computed earlier.
   */
  barrier: {
    accepts: [ANY, ANY],
    scale: (factor, _call, input) => (input === 0 ? factor : null),
    moves: true,
  },
};
