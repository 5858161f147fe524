import { erf } from '@einlab/numerics';
import { type DType, isFloat, isStorage, roundTo } from '../../base/dtype.ts';
import type { ElementwiseName, PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Example } from '../../tensor/primitive.ts';

/** What one elementwise primitive computes, and where that is checked. */
export interface ElementwiseDefinition<Parameters> {
  /** The definition for one element, in f64; `dtype` is the first input's type. */
  scalar(values: readonly number[], dtype: DType, parameters: Parameters): number;
  readonly examples: readonly Omit<Example<Parameters>, 'inputs' | 'parameters'>[];
  /** Parameters for the laws; default none. */
  readonly exampleParameters?: readonly Parameters[];
}

const DTYPES: readonly DType[] = ['f32', 'i32', 'u32', 'bool', 'f16', 'bf16'];

/** Where most functions are awkward: zeros of both signs, ones, large magnitudes, and what is no number. */
const ANYTHING = [0, -0, 1, -1, 1e30, -1e30, Number.NaN, Infinity, -Infinity];

/** With ties, and the numbers around which 16 bits become infinite or subnormal. */
const AWKWARD_TO_CONVERT = [
  0,
  -0,
  0.5,
  -0.5,
  1e30,
  -1e30,
  Number.NaN,
  65519,
  65520,
  2049,
  257,
  3.4e38,
  2 ** -25,
  -(3 * 2 ** -25),
  6e-5,
];

/**
 * A floating type to an integer truncates toward zero and saturates, NaN gives 0; between integers the bits stay. To 16
 * bits an integer goes by way of f32.
 */
function convert(value: number, from: DType, to: DType): number {
  if (to === 'f32') return value;
  if (isStorage(to)) return roundTo(to, isFloat(from) ? value : Math.fround(value));
  if (!isFloat(from) || to === 'bool') return roundTo(to, value);
  if (Number.isNaN(value)) return 0;
  const [low, high] = to === 'i32' ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1];
  return Math.min(high, Math.max(low, Math.trunc(value)));
}

/** Wraps integers to 32 bits and leaves f32 in f64: the reference rounds only where a type's meaning asks for it. */
const roundInteger = (dtype: DType, value: number): number => (dtype === 'f32' ? value : roundTo(dtype, value));

/** Each elementwise primitive: its value at one element, and its awkward points. */
export const elementwiseDefinitions: {
  readonly [Name in ElementwiseName]: ElementwiseDefinition<PrimitiveParameters[Name]>;
} = {
  add: {
    scalar: ([a, b], dtype) => roundInteger(dtype, a + b),
    examples: [{ awkward: ANYTHING }],
  },
  subtract: {
    scalar: ([a, b], dtype) => roundInteger(dtype, a - b),
    examples: [{ awkward: ANYTHING }],
  },
  multiply: {
    scalar: ([a, b], dtype) => (dtype === 'f32' ? a * b : roundInteger(dtype, Math.imul(a, b))),
    examples: [{ awkward: ANYTHING }],
  },
  divide: {
    scalar: ([a, b]) => a / b,
    examples: [
      {
        domain: [0.5, 2],
        awkward: ANYTHING,
      },
    ],
  },
  power: {
    // C's pow(1, NaN) and pow(−1, ±∞) are 1 where JavaScript's are NaN
    scalar: ([a, b]) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b),
    examples: [{ domain: [0.5, 2], awkward: [0, 1, 2, -1, -2, 3, 0.5] }],
  },
  maximum: {
    scalar: ([a, b]) => Math.max(a, b),
    examples: [{ awkward: ANYTHING }],
  },
  minimum: {
    scalar: ([a, b]) => Math.min(a, b),
    examples: [{ awkward: ANYTHING }],
  },
  negate: {
    scalar: ([x], dtype) => roundInteger(dtype, -x),
    examples: [{ awkward: ANYTHING }],
  },
  abs: {
    scalar: ([x], dtype) => roundInteger(dtype, Math.abs(x)),
    examples: [{ awkward: ANYTHING }],
  },
  sign: {
    scalar: ([x]) => Math.sign(x),
    examples: [{ awkward: ANYTHING }],
  },
  floor: {
    scalar: ([x]) => Math.floor(x),
    examples: [{ domain: [0.1, 0.9], awkward: [0, -0, 0.5, -0.5, 1e30, Number.NaN] }],
  },
  ceil: {
    scalar: ([x]) => Math.ceil(x),
    examples: [{ domain: [0.1, 0.9], awkward: [0, -0, 0.5, -0.5, 1e30, Number.NaN] }],
  },
  round: {
    scalar: ([x]) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)),
    examples: [{ domain: [0.1, 0.4], awkward: [0, 0.5, -0.5, 1.5, 2.5, 1e30, Number.NaN] }],
  },
  exp: {
    scalar: ([x]) => Math.exp(x),
    examples: [{ awkward: [0, -0, 80, -80, 100, -120, Number.NaN, Infinity, -Infinity] }],
  },
  expm1: {
    scalar: ([x]) => Math.expm1(x),
    examples: [{ awkward: [0, -0, 1e-6, -1e-6, 80, -80, 100, Number.NaN] }],
  },
  log: {
    scalar: ([x]) => Math.log(x),
    examples: [{ domain: [0.5, 2], awkward: [0, 1, -1, 1e-30, 1e30, Number.NaN, Infinity] }],
  },
  log1p: {
    scalar: ([x]) => Math.log1p(x),
    examples: [{ domain: [-0.5, 2], awkward: [0, -0, 1e-6, -1e-6, -1, -2, 1e30, Number.NaN] }],
  },
  sqrt: {
    scalar: ([x]) => Math.sqrt(x),
    examples: [{ domain: [0.5, 2], awkward: [0, 1, -1, 1e-30, 1e30, Number.NaN, Infinity] }],
  },
  reciprocalSqrt: {
    scalar: ([x]) => 1 / Math.sqrt(x),
    examples: [{ domain: [0.5, 2], awkward: [0, 1, -1, 1e-30, 1e30, Number.NaN, Infinity] }],
  },
  tanh: {
    scalar: ([x]) => Math.tanh(x),
    examples: [{ awkward: [0, -0, 1e-6, 20, -20, 1e30, Number.NaN] }],
  },
  sigmoid: {
    scalar: ([x]) => 1 / (1 + Math.exp(-x)),
    examples: [{ awkward: [0, -0, 20, -20, 80, -80, 1e30, Number.NaN] }],
  },
  erf: {
    scalar: ([x]) => erf(x),
    examples: [{ awkward: [0, -0, 1e-6, 0.5, 3, -4, 1e30, Number.NaN] }],
  },
  sin: {
    scalar: ([x]) => Math.sin(x),
    examples: [{ awkward: [0, -0, 1e-6, 3.1415927, 100, -100, Number.NaN], largest: 1e4 }],
  },
  cos: {
    scalar: ([x]) => Math.cos(x),
    examples: [{ awkward: [0, -0, 1e-6, 3.1415927, 100, -100, Number.NaN], largest: 1e4 }],
  },
  equal: {
    scalar: ([a, b]) => Number(a === b),
    examples: [{ awkward: ANYTHING }],
  },
  notEqual: {
    scalar: ([a, b]) => Number(a !== b),
    examples: [{ awkward: ANYTHING }],
  },
  less: {
    scalar: ([a, b]) => Number(a < b),
    examples: [{ awkward: ANYTHING }],
  },
  lessEqual: {
    scalar: ([a, b]) => Number(a <= b),
    examples: [{ awkward: ANYTHING }],
  },
  greater: {
    scalar: ([a, b]) => Number(a > b),
    examples: [{ awkward: ANYTHING }],
  },
  greaterEqual: {
    scalar: ([a, b]) => Number(a >= b),
    examples: [{ awkward: ANYTHING }],
  },
  logicalAnd: {
    scalar: ([a, b]) => Number(a !== 0 && b !== 0),
    examples: [{}],
  },
  logicalOr: {
    scalar: ([a, b]) => Number(a !== 0 || b !== 0),
    examples: [{}],
  },
  logicalNot: {
    scalar: ([a]) => Number(a === 0),
    examples: [{}],
  },
  select: {
    scalar: ([condition, a, b]) => (condition !== 0 ? a : b),
    examples: [{}],
  },
  isNaN: {
    scalar: ([x]) => Number(Number.isNaN(x)),
    examples: [{ awkward: ANYTHING }],
  },
  cast: {
    scalar: ([x], from, { dtype }) => convert(x, from, dtype),
    examples: [{ domain: [-5, 5], awkward: AWKWARD_TO_CONVERT }],
    exampleParameters: DTYPES.map((dtype) => ({ dtype })),
  },
  shiftRight: {
    scalar: ([x], dtype, { amount }) => (dtype === 'u32' ? x >>> amount : x >> amount),
    examples: [{}],
    exampleParameters: [{ amount: 8 }],
  },
  stopGradient: {
    scalar: ([x]) => x,
    examples: [{ awkward: ANYTHING }],
  },
  identity: {
    scalar: ([x]) => x,
    examples: [{ awkward: ANYTHING }],
  },
  barrier: {
    scalar: ([x]) => x,
    examples: [{ awkward: ANYTHING }],
  },
};
