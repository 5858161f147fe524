import { foldIn as foldInKey, keyFromSeed, splitKey } from '@einlab/numerics';
import { assertType } from '../base/assert-type.ts';
import { dtypeError, optionError } from '../base/errors.ts';
import { assertShape, formatShape, type Shape } from '../base/shape.ts';
import {
  add,
  cast,
  less,
  log,
  minimum,
  multiply,
  negate,
  shiftRight,
  sqrt,
  square,
  subtract,
  where,
} from '../operations/elementwise.ts';
import { apply } from '../tensor/apply.ts';
import { tensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * The key of a seed: `u32[2]`. Every random function takes a key and gives the same numbers for it everywhere;
 * to draw again, split.
 */
export function key(seed: number): Tensor {
  if (!Number.isSafeInteger(seed)) throw optionError(`random.key: seed is ${seed}; expected a whole number`, { seed });
  return tensor(Uint32Array.from(keyFromSeed(seed)));
}

function hostKey(parent: Tensor): readonly [number, number] {
  assertType('random: the key is', parent);
  if (parent.origin.kind !== 'host' || parent.dtype !== 'u32' || formatShape(parent.shape) !== '[2]') {
    throw dtypeError(
      `random: the key is ${parent.toString()}; expected a u32[2] key made by random.key, split or foldIn, outside a compiled function`,
      { shape: parent.shape },
    );
  }
  return [parent.origin.values[0], parent.origin.values[1]];
}

/** `count` independent keys. */
export function split(parent: Tensor, count = 2): Tensor[] {
  assertCount('random.split: the count is', count);
  return splitKey(hostKey(parent), count).map((child) => tensor(Uint32Array.from(child)));
}

/** The key of a number under a key: as `split`, for counters such as a step. */
export function foldIn(parent: Tensor, data: number): Tensor {
  assertCount('random.foldIn: the number is', data);
  return tensor(Uint32Array.from(foldInKey(hostKey(parent), data)));
}

function assertCount(culprit: string, count: number): void {
  if (!Number.isSafeInteger(count) || count < 0)
    throw optionError(`${culprit} ${count}; expected a whole number ≥ 0`, { count });
}

/** 32 random bits per element: `u32[...shape]`. */
export function bits(from: Tensor, shape: Shape): Tensor {
  assertType('random: the key is', from);
  assertShape(shape, 'random.bits');
  return apply('randomBits', [from], { shape });
}

/** The largest f32 below x. */
function below(x: number): number {
  const bits = new Int32Array(1);
  const float = new Float32Array(bits.buffer);
  float[0] = x;
  if (float[0] === 0) return -(2 ** -149);
  bits[0] += x > 0 ? -1 : 1;
  return float[0];
}

/** Uniform in [low, high), of 24 random bits. */
export function uniform(from: Tensor, shape: Shape, low = 0, high = 1): Tensor {
  if (!(low < high && Math.fround(high - low) < Infinity)) {
    throw optionError(
      `random.uniform: low is ${low} and high is ${high}; expected low < high, and a width that f32 holds`,
      { low, high },
    );
  }
  const unit = multiply(cast(shiftRight(bits(from, shape), 8), 'f32'), 2 ** -24);
  if (low === 0 && high === 1) return unit;
  // scaling may round up to `high`, which is not in the interval
  return minimum(add(multiply(unit, high - low), low), below(high));
}

/** Two polynomials for erf⁻¹, by |x|: central and tail, in w − 2.5 and √w − 3 (Giles 2010, "Approximating the erfinv function", table 5). */
const CENTRAL = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
  0.246640727, 1.50140941,
];
const TAIL = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
  1.00167406, 2.83297682,
];

const horner = (coefficients: readonly number[], x: Tensor): Tensor =>
  coefficients
    .slice(2)
    .reduce<Tensor>((total, c) => add(multiply(total, x), c), add(multiply(x, coefficients[0]), coefficients[1]));

/** erf⁻¹ of x in (−1, 1), w = −ln(1 − x²). */
function inverseErf(x: Tensor): Tensor {
  const w = negate(log(subtract(1, square(x))));
  const central = horner(CENTRAL, subtract(w, 2.5));
  const tail = horner(TAIL, subtract(sqrt(w), 3));
  return multiply(where(less(w, 5), central, tail), x);
}

/** Standard normal: √2·erf⁻¹ of a uniform in (−1, 1), one draw per element; |values| < 5.5. */
export function normal(from: Tensor, shape: Shape): Tensor {
  // 23 bits and half a step keep the uniform off ±1 and 0, exactly in f32
  const unit = multiply(add(cast(shiftRight(bits(from, shape), 9), 'f32'), 0.5), 2 ** -23);
  return multiply(inverseErf(subtract(multiply(unit, 2), 1)), Math.SQRT2);
}

/** True with the given probability, a number in [0, 1]. */
export function bernoulli(from: Tensor, shape: Shape, probability = 0.5): Tensor {
  if (!(probability >= 0 && probability <= 1)) {
    throw optionError(`random.bernoulli: probability is ${probability}; expected a number in [0, 1]`, { probability });
  }
  return less(uniform(from, shape), probability);
}
