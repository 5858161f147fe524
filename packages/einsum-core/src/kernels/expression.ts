import type { DType } from '../base/dtype.ts';

/**
 * Scalar expressions: what one element of a kernel computes. A directed acyclic graph of operations on lanes of 32 bits, printed as
 * WebAssembly vectors or WGSL and interpreted in f64. Operations of the first group exist on every machine; those of
 * `MathOp` are functions which a backend either has or rewrites into the first group.
 */
// biome-ignore format: kin stand together
export type MachineOp =
  | 'add' | 'subtract' | 'multiply' | 'divide' // f32; all but divide also i32, u32 (wrapping)
  | 'fma' // a·b + c, in f32; rounded once or twice as the machine has it
  | 'minimum' | 'maximum' // NaN if either is NaN, −0 < 0
  | 'negate' | 'abs' | 'sqrt' | 'floor' | 'ceil' | 'round' /* ties to even */ | 'truncate'
  | 'and' | 'or' | 'xor' | 'not' // bitwise on i32 and u32, logical on bool
  | 'shiftLeft' | 'shiftRight' // second input is a constant; arithmetic for i32, logical for u32
  | 'equal' | 'notEqual' | 'less' | 'lessEqual' | 'greater' | 'greaterEqual' // to bool
  | 'select' // inputs: bool, when true, when false
  | 'toFloat' | 'toInt' | 'toUint' | 'toBool' // value conversions; to integers truncates and saturates, NaN → 0
  | 'bitsToFloat' | 'bitsToInt' | 'bitsToUint'; // the same 32 bits read as another type

/** Elementary functions of one or two f32 inputs. */
export type MathOp =
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'tanh'
  | 'sigmoid'
  | 'erf'
  | 'sin'
  | 'cos'
  | 'power'
  | 'reciprocalSqrt';

/**
 * Between f32 and a 16-bit type: exact, and to nearest with ties to even. The only operations that look at the value of an
 * `f16` or `bf16`, which a backend either has or rewrites into the first group; others move its bits.
 */
export type StorageOp = 'widen' | 'narrow';

/** Leaves: a number, the kernel's n-th load, the coordinate along the n-th axis of the index space, or the n-th reduced value. */
export type LeafOp = 'constant' | 'load' | 'index' | 'reduced';

/** Every operation an expression may hold. */
export type ExpressionOp = LeafOp | MachineOp | MathOp | StorageOp;

/** One node. `value` is the number of a constant (its u32 or i32 value for integers, 0/1 for bool), or a leaf's n. */
export interface Expression {
  readonly op: ExpressionOp;
  readonly type: DType;
  readonly inputs: readonly Expression[];
  readonly value: number;
}

const NONE: readonly Expression[] = [];

/** A number of the given type. */
export const constant = (value: number, type: DType = 'f32'): Expression => ({
  op: 'constant',
  type,
  inputs: NONE,
  value,
});

/** The element that the kernel's n-th load reads here. */
export const load = (n: number, type: DType): Expression => ({ op: 'load', type, inputs: NONE, value: n });

/** The i32 coordinate along axis n of the kernel's index space. */
export const indexAlong = (n: number): Expression => ({ op: 'index', type: 'i32', inputs: NONE, value: n });

/** Any operation of given result type. */
export const expression = (op: ExpressionOp, type: DType, ...inputs: Expression[]): Expression => ({
  op,
  type,
  inputs,
  value: 0,
});

const arithmetic =
  (op: MachineOp) =>
  (a: Expression, b: Expression): Expression =>
    expression(op, a.type, a, b);
const unary =
  (op: MachineOp) =>
  (a: Expression): Expression =>
    expression(op, a.type, a);
const comparison =
  (op: MachineOp) =>
  (a: Expression, b: Expression): Expression =>
    expression(op, 'bool', a, b);

type Binary = (a: Expression, b: Expression) => Expression;
type Unary = (a: Expression) => Expression;

export const addE: Binary = arithmetic('add');
export const subtractE: Binary = arithmetic('subtract');
export const multiplyE: Binary = arithmetic('multiply');
export const divideE: Binary = arithmetic('divide');
export const minimumE: Binary = arithmetic('minimum');
export const maximumE: Binary = arithmetic('maximum');
export const andE: Binary = arithmetic('and');
export const orE: Binary = arithmetic('or');
export const xorE: Binary = arithmetic('xor');
export const shiftLeftE: Binary = arithmetic('shiftLeft');
export const shiftRightE: Binary = arithmetic('shiftRight');
export const negateE: Unary = unary('negate');
export const absE: Unary = unary('abs');
export const sqrtE: Unary = unary('sqrt');
export const roundE: Unary = unary('round');
export const floorE: Unary = unary('floor');
export const lessE: Binary = comparison('less');
export const greaterE: Binary = comparison('greater');
export const equalE: Binary = comparison('equal');
/** a·b + c */
export const fmaE = (a: Expression, b: Expression, c: Expression): Expression => expression('fma', 'f32', a, b, c);
/** `whenTrue` where `condition` holds, else `whenFalse`. */
export const selectE = (condition: Expression, whenTrue: Expression, whenFalse: Expression): Expression =>
  expression('select', whenTrue.type, condition, whenTrue, whenFalse);
