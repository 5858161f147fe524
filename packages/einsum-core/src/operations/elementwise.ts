import { assertOperand, assertType } from '../base/assert-type.ts';
import type { DType } from '../base/dtype.ts';
import { dtypeError, shapeError } from '../base/errors.ts';
import { assertShape, broadcastShapes, formatShape, sameShape, type Shape } from '../base/shape.ts';
import { apply, widened } from '../tensor/apply.ts';
import { scalar, toTensor } from '../tensor/create.ts';
import { isTensor, type Tensor, type TensorLike } from '../tensor/tensor.ts';

type BinaryName =
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'power'
  | 'maximum'
  | 'minimum'
  | 'equal'
  | 'notEqual'
  | 'less'
  | 'lessEqual'
  | 'greater'
  | 'greaterEqual'
  | 'logicalAnd'
  | 'logicalOr';

/**
 * The tensor with NumPy broadcasting made explicit: size-1 axes repeat, missing leading axes are new.
 * @param shape - the broadcast shape; must be reachable from the tensor's
 */
export function broadcastTo(tensor: Tensor, shape: Shape): Tensor {
  if (isTensor(tensor) && sameShape(tensor.shape, shape)) return tensor;
  assertOperand(tensor, 'broadcastTo');
  assertShape(shape, 'broadcastTo');
  const common = broadcastShapes(tensor.shape, shape, 'broadcastTo');
  if (!sameShape(common, shape)) {
    throw shapeError(`broadcastTo: shape ${formatShape(tensor.shape)} cannot become ${formatShape(shape)}`, {
      from: tensor.shape,
      to: shape,
    });
  }
  const offset = shape.length - tensor.rank;
  const kept = tensor.shape
    .map((_, axis) => axis)
    .filter((axis) => tensor.shape[axis] !== 1 || shape[axis + offset] === 1);
  const squeezed =
    kept.length === tensor.rank
      ? tensor
      : apply('reshape', [tensor], { shape: kept.map((axis) => tensor.shape[axis]) });
  return apply('broadcast', [squeezed], { shape, axes: kept.map((axis) => axis + offset) });
}

/** Two operands of one type and shape. `f16` and `bf16` are read as f32, unless they are only chosen from and of one type. */
export function operands(name: string, first: TensorLike, second: TensorLike): [Tensor, Tensor] {
  const isMoved = name === 'where' && !(isTensor(first) && isTensor(second) && first.dtype !== second.dtype);
  const [a, b] = [first, second].map((x, i) => {
    if (typeof x === 'number') return x;
    assertType(`${name}: operand ${i + 1} is`, x);
    return isMoved ? x : widened(x);
  });
  const dtype: DType = isTensor(a) ? a.dtype : isTensor(b) ? b.dtype : 'f32';
  const left = toTensor(a, dtype);
  const right = toTensor(b, dtype);
  if (left.dtype !== right.dtype) {
    throw dtypeError(
      `${name}: operands are ${left.dtype}${formatShape(left.shape)} and ${right.dtype}${formatShape(right.shape)}; types do not mix implicitly, use cast`,
      {
        left: left.dtype,
        right: right.dtype,
      },
    );
  }
  const shape = broadcastShapes(left.shape, right.shape, name);
  return [broadcastTo(left, shape), broadcastTo(right, shape)];
}

type BinaryOperation = (a: TensorLike, b: TensorLike) => Tensor;
const binary =
  (name: BinaryName): BinaryOperation =>
  (a, b) =>
    apply(name, operands(name, a, b), {});

/** a + b, with broadcasting. */
export const add: BinaryOperation = binary('add');
/** a − b, with broadcasting. */
export const subtract: BinaryOperation = binary('subtract');
/** a · b, with broadcasting. */
export const multiply: BinaryOperation = binary('multiply');
/** a / b of f32, with broadcasting. */
export const divide: BinaryOperation = binary('divide');
/** aᵇ of f32, with broadcasting. */
export const power: BinaryOperation = binary('power');
/** The larger, NaN if either is; on ties the derivative is shared equally. */
export const maximum: BinaryOperation = binary('maximum');
/** The smaller, NaN if either is; on ties the derivative is shared equally. */
export const minimum: BinaryOperation = binary('minimum');
/** a = b, as `bool`. */
export const equal: BinaryOperation = binary('equal');
/** a ≠ b, as `bool`. */
export const notEqual: BinaryOperation = binary('notEqual');
/** a < b, as `bool`. */
export const less: BinaryOperation = binary('less');
/** a ≤ b, as `bool`. */
export const lessEqual: BinaryOperation = binary('lessEqual');
/** a > b, as `bool`. */
export const greater: BinaryOperation = binary('greater');
/** a ≥ b, as `bool`. */
export const greaterEqual: BinaryOperation = binary('greaterEqual');
/** Both, of `bool`. */
export const logicalAnd: BinaryOperation = binary('logicalAnd');
/** Either, of `bool`. */
export const logicalOr: BinaryOperation = binary('logicalOr');

/** One but not both, of `bool`. */
export const logicalXor = (a: Tensor, b: Tensor): Tensor => notEqual(truth('logicalXor', a), truth('logicalXor', b));

/** Truth values as integers, which compare. */
function truth(name: string, x: Tensor): Tensor {
  assertType(`${name}: an operand is`, x, ['bool'], ', as comparisons give');
  return cast(x, 'i32');
}

type UnaryName =
  | 'negate'
  | 'abs'
  | 'sign'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sqrt'
  | 'reciprocalSqrt'
  | 'tanh'
  | 'sigmoid'
  | 'erf'
  | 'sin'
  | 'cos'
  | 'logicalNot'
  | 'isNaN'
  | 'stopGradient'
  | 'identity';
type UnaryOperation = (x: Tensor) => Tensor;
const unary =
  (name: UnaryName): UnaryOperation =>
  (x) =>
    apply(name, [x], {});

/** −x */
export const negate: UnaryOperation = unary('negate');
/** |x| */
export const abs: UnaryOperation = unary('abs');
/** −1, 0 or 1 */
export const sign: UnaryOperation = unary('sign');
/** The largest whole number ≤ x. */
export const floor: UnaryOperation = unary('floor');
/** The smallest whole number ≥ x. */
export const ceil: UnaryOperation = unary('ceil');
/** The nearest whole number, ties to even. */
export const round: UnaryOperation = unary('round');
/** eˣ */
export const exp: UnaryOperation = unary('exp');
/** eˣ − 1, accurate near 0. */
export const expm1: UnaryOperation = unary('expm1');
/** ln x */
export const log: UnaryOperation = unary('log');
/** ln(1 + x), accurate near 0. */
export const log1p: UnaryOperation = unary('log1p');
/** √x */
export const sqrt: UnaryOperation = unary('sqrt');
/** 1/√x */
export const rsqrt: UnaryOperation = unary('reciprocalSqrt');
/** Hyperbolic tangent. */
export const tanh: UnaryOperation = unary('tanh');
/** 1/(1 + e⁻ˣ) */
export const sigmoid: UnaryOperation = unary('sigmoid');
/** The error function. */
export const erf: UnaryOperation = unary('erf');
/** Sine of radians. */
export const sin: UnaryOperation = unary('sin');
/** Cosine of radians. */
export const cos: UnaryOperation = unary('cos');
/** Not, of `bool`. */
export const logicalNot: UnaryOperation = unary('logicalNot');
/** True where x is neither NaN nor infinite. */
export const isFinite: UnaryOperation = (x) => equal(multiply(x, 0), 0);
/** True where x is NaN. */
export const isNaN: UnaryOperation = unary('isNaN');
/** The same values, with derivative zero. */
export const stopGradient: UnaryOperation = unary('stopGradient');
/** The same values: the handle by which a derivative knows its argument. */
export const identity: UnaryOperation = unary('identity');
/** x² */
export const square = (x: Tensor): Tensor => multiply(x, x);
/** 1/x */
export const reciprocal = (x: Tensor): Tensor => divide(1, x);

/** `whenTrue` where `condition` holds, else `whenFalse`; all three broadcast together. Two of one 16-bit type stay of it. */
export function where(condition: Tensor, whenTrue: TensorLike, whenFalse: TensorLike): Tensor {
  assertType('where: the condition is', condition, ['bool'], ', as comparisons give');
  const [a, b] = operands('where', whenTrue, whenFalse);
  const shape = broadcastShapes(condition.shape, a.shape, 'where');
  return apply('select', [broadcastTo(condition, shape), broadcastTo(a, shape), broadcastTo(b, shape)], {});
}

/** The same values as another element type: to floating types rounds to the nearest, to integers truncates, to `bool` asks whether ≠ 0. */
export const cast = (x: Tensor, dtype: DType): Tensor => (x?.dtype === dtype ? x : apply('cast', [x], { dtype }));

/** Bits moved right by a constant: zeros enter for `u32`, the sign for `i32`. */
export const shiftRight = (x: Tensor, amount: number): Tensor => apply('shiftRight', [x], { amount });

/** x limited to [low, high]. */
export const clip = (x: Tensor, low: number, high: number): Tensor => minimum(maximum(x, low), high);

/** max(x, 0), NaN for NaN; derivative 0 at 0. */
export const relu = (x: Tensor): Tensor => where(lessEqual(x, 0), 0, widened(x));

/** x for x > 0, slope·x below. */
export const leakyRelu = (x: Tensor, slope = 0.01): Tensor => where(greater(x, 0), x, multiply(x, slope));

/** Φ(x), the distribution function of the standard normal distribution: ½ + ½·erf(x/√2). */
const normalDistribution = (x: Tensor): Tensor => add(multiply(erf(multiply(x, Math.SQRT1_2)), 0.5), 0.5);

/** e^(−x²/2) / √(2π), the derivative of Φ. */
const normalDensity = (x: Tensor): Tensor => multiply(exp(multiply(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));

/** ∂(x·Φ(x)) = Φ(x) + x·Φ′(x), which takes half the operations that the chain rule would make of the definition. */
const geluSlope = (x: Tensor): Tensor => add(normalDistribution(x), multiply(x, normalDensity(x)));

/** How derivatives see `gelu`: a value that depends on x, with the slope above. */
const geluRule = {
  vjp: ({ inputs: [, x] }: { readonly inputs: readonly Tensor[] }, cotangent: Tensor): (Tensor | null)[] => [
    null,
    multiply(cotangent, geluSlope(x)),
  ],
  jvp: ({ inputs: [, x] }: { readonly inputs: readonly Tensor[] }, [, tangent]: readonly (Tensor | null)[]) =>
    tangent === null ? null : multiply(tangent, geluSlope(x)),
  batch: (): object => geluRule,
};

/** x·Φ(x) with Φ the standard normal distribution, exact (not the tanh approximation). Hendrycks & Gimpel 2016. */
export function gelu(x: Tensor): Tensor {
  assertOperand(x, 'gelu');
  const wide = widened(x);
  return apply('customRule', [multiply(wide, normalDistribution(wide)), wide], { rule: geluRule });
}

/** x·sigmoid(x) */
export const silu = (x: Tensor): Tensor => multiply(x, sigmoid(x));

/** ln(1 + eˣ) = max(x, 0) + ln(1 + e^{−|x|}), finite for every finite x. */
export function softplus(x: Tensor): Tensor {
  // Both terms choose the same side at 0, so that derivatives of every order are right there; those of |x| would not be.
  const positive = greater(x, 0);
  return add(where(positive, x, 0), log1p(exp(where(positive, negate(x), x))));
}

/** A scalar broadcast against nothing: re-exported for compositions that need constants. */
export const constantLike = (x: Tensor, value: number): Tensor => broadcastTo(scalar(value, x.dtype), x.shape);
