import type { DType } from '../../../base/dtype.ts';
import { dtypeError, type EinlabError, optionError } from '../../../base/errors.ts';
import type { Expression, ExpressionOp, MachineOp } from '../../../kernels/expression.ts';
import type { FunctionBuilder } from './function-builder.ts';
import type { SimpleOpcode } from './opcodes.ts';

/** Turns the mask on the stack into the words 0 and 1 that memory holds for a bool. */
export function packBool(f: FunctionBuilder): void {
  f.i32x4(1);
  f.op('v128.and');
}

/** Writes the instructions that follow the inputs on the stack. */
export type Instruction = (f: FunctionBuilder) => void;

const ops =
  (...names: SimpleOpcode[]): Instruction =>
  (f) => {
    for (const name of names) f.op(name);
  };
const nothing: Instruction = () => {};
/** Turns words into a mask of those that are not 0. */
export const isNotZero: Instruction = (f) => {
  f.i32x4(0);
  f.op('i32x4.ne');
};
const floatOnly = (name: SimpleOpcode): Partial<Record<DType, Instruction>> => ({ f32: ops(name) });
/** The same instruction whatever the 32 bits mean. */
const anyBits = (name: SimpleOpcode): Partial<Record<DType, Instruction>> => ({
  f32: ops(name),
  i32: ops(name),
  u32: ops(name),
  bool: ops(name),
});
const integers = (name: SimpleOpcode): Partial<Record<DType, Instruction>> => ({ i32: ops(name), u32: ops(name) });
const bitwise = (name: SimpleOpcode): Partial<Record<DType, Instruction>> => ({ ...integers(name), bool: ops(name) });
/** A mask is the largest u32, so unsigned order puts false before true. */
const ordered = (name: 'lt' | 'le' | 'gt' | 'ge' | 'min' | 'max'): Partial<Record<DType, Instruction>> => ({
  f32: ops(`f32x4.${name}`),
  i32: ops(`i32x4.${name}_s`),
  u32: ops(`i32x4.${name}_u`),
  bool: ops(`i32x4.${name}_u`),
});

/** What follows an operation's inputs on the stack, by the type of the first input. */
const INSTRUCTIONS: Readonly<Record<Exclude<MachineOp, CustomOp>, Partial<Record<DType, Instruction>>>> = {
  add: { ...floatOnly('f32x4.add'), ...integers('i32x4.add') },
  subtract: { ...floatOnly('f32x4.sub'), ...integers('i32x4.sub') },
  multiply: { ...floatOnly('f32x4.mul'), ...integers('i32x4.mul') },
  divide: floatOnly('f32x4.div'),
  minimum: ordered('min'),
  maximum: ordered('max'),
  negate: { ...floatOnly('v128.xor'), ...integers('i32x4.neg') }, // f32: with the sign, pushed before
  abs: { f32: ops('v128.and'), i32: ops('i32x4.abs'), u32: nothing }, // f32: with all but the sign
  sqrt: floatOnly('f32x4.sqrt'),
  floor: floatOnly('f32x4.floor'),
  ceil: floatOnly('f32x4.ceil'),
  round: floatOnly('f32x4.nearest'),
  truncate: floatOnly('f32x4.trunc'),
  and: bitwise('v128.and'),
  or: bitwise('v128.or'),
  xor: bitwise('v128.xor'),
  not: bitwise('v128.not'),
  equal: { ...anyBits('i32x4.eq'), f32: ops('f32x4.eq') },
  notEqual: { ...anyBits('i32x4.ne'), f32: ops('f32x4.ne') },
  less: ordered('lt'),
  lessEqual: ordered('le'),
  greater: ordered('gt'),
  greaterEqual: ordered('ge'),
  toFloat: {
    f32: nothing,
    i32: ops('f32x4.convert_i32x4_s'),
    u32: ops('f32x4.convert_i32x4_u'),
    bool: ops('v128.and'), // with a vector of 1.0, pushed before
  },
  toInt: { f32: ops('i32x4.trunc_sat_f32x4_s'), i32: nothing, u32: nothing, bool: packBool },
  toUint: { f32: ops('i32x4.trunc_sat_f32x4_u'), i32: nothing, u32: nothing, bool: packBool },
  toBool: {
    f32: (f) => {
      f.f32x4(0);
      f.op('f32x4.ne');
    },
    i32: isNotZero,
    u32: isNotZero,
    bool: nothing,
  },
  bitsToFloat: { f32: nothing, i32: nothing, u32: nothing, bool: packBool },
  bitsToInt: { f32: nothing, i32: nothing, u32: nothing, bool: packBool, f16: nothing, bf16: nothing },
  bitsToUint: { f32: nothing, i32: nothing, u32: nothing, bool: packBool },
};

/** Operations whose instructions depend on more than the type of the first input. */
type CustomOp = 'fma' | 'select' | 'shiftLeft' | 'shiftRight';
const CUSTOM: ReadonlySet<ExpressionOp> = new Set<CustomOp>(['fma', 'select', 'shiftLeft', 'shiftRight']);

/** Whether the machine has the operation; elementary functions and conversions to and from 16 bits it lacks. */
export const isMachineOperation = (op: ExpressionOp): boolean => op in INSTRUCTIONS || CUSTOM.has(op);

/** @throws {EinlabError} when the operation does not exist for the type of its first input, or is not a machine operation. */
export function instructionFor(node: Expression): Instruction {
  const type = node.inputs[0].type;
  if (!(node.op in INSTRUCTIONS)) throw optionError(`${node.op} is not a machine operation; apply lowerMath first`);
  const instruction = INSTRUCTIONS[node.op as keyof typeof INSTRUCTIONS][type];
  if (instruction === undefined) throw missing(node.op, type);
  return instruction;
}

/** The error for an operation that its input type does not have. */
export const missing = (op: ExpressionOp, type: DType): EinlabError =>
  dtypeError(`${op} does not exist for ${type}`, { op, type });
