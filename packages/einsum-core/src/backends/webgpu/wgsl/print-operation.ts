import { encode16 } from '@einlab/numerics/sixteen-bit';
import { type DType, isStorage } from '../../../base/dtype.ts';
import { dtypeError, optionError } from '../../../base/errors.ts';
import type { Expression, ExpressionOp, MachineOp } from '../../../kernels/expression.ts';

/** Prints an operation of printed inputs; `use` tells which helper functions it calls. */
type Print = (inputs: readonly string[], use: (helper: string) => void) => string;
type Printers = Partial<Record<DType, Print>>;

const infix =
  (symbol: string): Print =>
  ([a, b]) =>
    `(${a} ${symbol} ${b})`;
const call =
  (name: string): Print =>
  (inputs) =>
    `${name}(${inputs.join(', ')})`;
const helper =
  (name: string): Print =>
  (inputs, use) => {
    use(name);
    return `${name}(${inputs.join(', ')})`;
  };
const same: Print = ([a]) => a;
const each = (types: readonly DType[], print: Print): Printers =>
  Object.fromEntries(types.map((type) => [type, print]));

const INTEGERS: readonly DType[] = ['i32', 'u32'];
const NUMBERS: readonly DType[] = ['f32', 'i32', 'u32'];
const floatOnly = (print: Print): Printers => ({ f32: print });
const bits = (type: string): Printers => ({
  ...each(NUMBERS, ([a]) => `bitcast<${type}>(${a})`),
  bool: ([a]) => `bitcast<${type}>(u32(${a}))`,
});

/** What each operation is in WGSL, by the type of its first input. */
const PRINTERS: Readonly<Record<Exclude<MachineOp, 'select' | 'shiftLeft' | 'shiftRight'> | 'widen', Printers>> = {
  add: each(NUMBERS, infix('+')),
  subtract: each(NUMBERS, infix('-')),
  multiply: each(NUMBERS, infix('*')),
  divide: floatOnly(infix('/')),
  fma: floatOnly(call('fma')),
  minimum: { f32: helper('smaller_of'), ...each(INTEGERS, call('min')), bool: infix('&') },
  maximum: { f32: helper('larger_of'), ...each(INTEGERS, call('max')), bool: infix('|') },
  negate: { ...each(['f32', 'i32'], ([a]) => `(-(${a}))`), u32: ([a]) => `(0u - ${a})` },
  abs: { ...each(['f32', 'i32'], call('abs')), u32: same },
  sqrt: floatOnly(call('sqrt')),
  floor: floatOnly(call('floor')),
  ceil: floatOnly(call('ceil')),
  round: floatOnly(call('round')),
  truncate: floatOnly(call('trunc')),
  and: each(['i32', 'u32', 'bool'], infix('&')),
  or: each(['i32', 'u32', 'bool'], infix('|')),
  xor: { ...each(INTEGERS, infix('^')), bool: infix('!=') },
  not: { ...each(INTEGERS, ([a]) => `(~(${a}))`), bool: ([a]) => `(!${a})` },
  equal: { f32: helper('same_number'), ...each(['i32', 'u32', 'bool'], infix('==')) },
  notEqual: {
    f32: (inputs, use) => `(!${helper('same_number')(inputs, use)})`,
    ...each(['i32', 'u32', 'bool'], infix('!=')),
  },
  less: { ...each(NUMBERS, infix('<')), bool: ([a, b]) => `(!${a} & ${b})` },
  lessEqual: { ...each(NUMBERS, infix('<=')), bool: ([a, b]) => `(!${a} | ${b})` },
  greater: { ...each(NUMBERS, infix('>')), bool: ([a, b]) => `(${a} & !${b})` },
  greaterEqual: { ...each(NUMBERS, infix('>=')), bool: ([a, b]) => `(${a} | !${b})` },
  toFloat: { f32: same, ...each(['i32', 'u32', 'bool'], call('f32')) },
  toInt: { f32: helper('to_int'), i32: same, u32: call('bitcast<i32>'), bool: call('i32') },
  toUint: { f32: helper('to_uint'), i32: call('bitcast<u32>'), u32: same, bool: call('u32') },
  toBool: {
    f32: ([a]) => `((bitcast<u32>(${a}) << 1u) != 0u)`,
    i32: ([a]) => `(${a} != 0i)`,
    u32: ([a]) => `(${a} != 0u)`,
    bool: same,
  },
  // bits of an f16, which are an integer here; there is a narrowing instruction too, but it may round either way
  widen: each(['f16', 'i32'], ([a]) => `unpack2x16float(bitcast<u32>(${a})).x`),
  bitsToFloat: { ...bits('f32'), f32: same },
  bitsToInt: { ...bits('i32'), i32: same, f16: same, bf16: same },
  bitsToUint: { ...bits('u32'), u32: same },
};

/**
 * A machine operation as a WGSL expression over its printed inputs.
 *
 * @throws {EinlabError} when the operation does not exist for its input type, or shifts by what is no constant.
 */
export function printOperation(node: Expression, inputs: readonly string[], use: (helper: string) => void): string {
  const { op } = node;
  if (op === 'select') return `select(${inputs[2]}, ${inputs[1]}, ${inputs[0]})`;
  if (op === 'shiftLeft' || op === 'shiftRight') {
    const amount = node.inputs[1];
    if (amount.op !== 'constant')
      throw optionError(`${op}: the amount is a ${amount.op}; expected a constant`, { amount });
    return `(${inputs[0]} ${op === 'shiftLeft' ? '<<' : '>>'} ${amount.value}u)`;
  }
  const { type } = node.inputs[0];
  const print = isPrintable(op) ? PRINTERS[op][type] : undefined;
  if (print === undefined) throw dtypeError(`${op} does not exist for ${type}`, { op, type });
  return print(inputs, use);
}

const isPrintable = (op: ExpressionOp): op is keyof typeof PRINTERS => op in PRINTERS;

/** A constant as a WGSL expression. What a constant expression must not be, and what has a sign but no size, is made of bits. */
export function printConstant({ type, value }: Expression, use: (helper: string) => void): string {
  if (type === 'bool') return value === 0 ? 'false' : 'true';
  if (isStorage(type)) return `${encode16(type, value)}i`;
  if (type === 'u32') return `${value >>> 0}u`;
  if (type === 'i32') return (value | 0) === -(2 ** 31) ? 'bitcast<i32>(0x80000000u)' : `${value | 0}i`;
  const rounded = Math.fround(value);
  const isOrdinary = Number.isFinite(rounded) && (Math.abs(rounded) >= 2 ** -126 || Object.is(rounded, 0));
  if (isOrdinary) return `${rounded}f`;
  use('float_of');
  return `float_of(${new Uint32Array(Float32Array.of(rounded).buffer)[0]}u)`;
}
