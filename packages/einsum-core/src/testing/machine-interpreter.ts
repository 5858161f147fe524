import type { Expression, MachineOp } from '../kernels/expression.ts';

/**
 * The value of a machine expression at one element, in plain JavaScript: what a backend's arithmetic must give bit for
 * bit, where `fma` is rounded twice. A bool is 0 or 1.
 */
export function interpretMachine(root: Expression, loads: readonly number[], index: number = 0): number {
  const values = new Map<Expression, number>();
  const visit = (node: Expression): number => {
    const known = values.get(node);
    if (known !== undefined) return known;
    const value = leafOrOperation(node);
    values.set(node, value);
    return value;
  };
  const leafOrOperation = (node: Expression): number => {
    if (node.op === 'constant') return toType(node.type, node.value);
    if (node.op === 'load' || node.op === 'reduced') return loads[node.value];
    if (node.op === 'index') return index;
    const inputs = node.inputs.map(visit);
    return toType(node.type, OPERATIONS[node.op as MachineOp](inputs, node.inputs[0].type));
  };
  return visit(root);
}

type Type = Expression['type'];
type Operation = (inputs: readonly number[], type: Type) => number;

const toType = (type: Type, value: number): number => {
  if (type === 'f32') return Math.fround(value);
  if (type === 'u32') return value >>> 0;
  return type === 'i32' ? value | 0 : Number(value !== 0);
};

const words = new DataView(new ArrayBuffer(4));
const bits = (type: Type, value: number): number => {
  if (type !== 'f32') return value;
  words.setFloat32(0, value);
  return words.getUint32(0);
};
const saturate = (value: number, low: number, high: number): number =>
  Number.isNaN(value) ? 0 : Math.min(Math.max(Math.trunc(value), low), high);
const roundToEven = (value: number): number => {
  const below = Math.floor(value);
  const fraction = value - below;
  const up = fraction > 0.5 || (fraction === 0.5 && below % 2 !== 0);
  // −0.4 rounds to −0.
  return Number.isInteger(value) ? value : up ? below + 1 || -0 : below;
};

const OPERATIONS: Readonly<Record<MachineOp, Operation>> = {
  add: ([a, b]) => a + b,
  subtract: ([a, b]) => a - b,
  multiply: ([a, b], type) => (type === 'f32' ? a * b : Math.imul(a, b)),
  divide: ([a, b]) => a / b,
  fma: ([a, b, c]) => Math.fround(a * b) + c,
  minimum: ([a, b]) => Math.min(a, b),
  maximum: ([a, b]) => Math.max(a, b),
  negate: ([a]) => -a,
  abs: ([a]) => Math.abs(a),
  sqrt: ([a]) => Math.sqrt(a),
  floor: ([a]) => Math.floor(a),
  ceil: ([a]) => Math.ceil(a),
  round: ([a]) => roundToEven(a),
  truncate: ([a]) => Math.trunc(a),
  and: ([a, b]) => a & b,
  or: ([a, b]) => a | b,
  xor: ([a, b]) => a ^ b,
  not: ([a], type) => (type === 'bool' ? 1 - a : ~a),
  shiftLeft: ([a, b]) => a << b,
  shiftRight: ([a, b], type) => (type === 'i32' ? a >> b : a >>> b),
  equal: ([a, b]) => Number(a === b),
  notEqual: ([a, b]) => Number(a !== b),
  less: ([a, b]) => Number(a < b),
  lessEqual: ([a, b]) => Number(a <= b),
  greater: ([a, b]) => Number(a > b),
  greaterEqual: ([a, b]) => Number(a >= b),
  select: ([condition, a, b]) => (condition === 0 ? b : a),
  toFloat: ([a]) => a,
  toInt: ([a], type) => (type === 'f32' ? saturate(a, -(2 ** 31), 2 ** 31 - 1) : a),
  toUint: ([a], type) => (type === 'f32' ? saturate(a, 0, 2 ** 32 - 1) : a),
  toBool: ([a]) => Number(a !== 0),
  bitsToFloat: ([a], type) => {
    words.setUint32(0, bits(type, a));
    return words.getFloat32(0);
  },
  bitsToInt: ([a], type) => bits(type, a),
  bitsToUint: ([a], type) => bits(type, a),
};
