import { awkwardFloat32Values } from '@einlab/testkit';
import type { LaneType } from '../base/dtype.ts';
import type { MachineOp } from './expression.ts';

const FLOATS = [
  ...awkwardFloat32Values,
  Infinity,
  -Infinity,
  NaN,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  3e9,
  -3e9,
  0.4,
  -0.4,
  2.5,
];
const INTEGERS = [0, 1, -1, 2, -2, 7, 31, 1000, -1000, 65536, 0x7fffffff, -0x80000000, -0x7fffffff, 123456789];
/** Values of each type at which a backend's operations are compared with plain JavaScript. */
export const SAMPLES: Readonly<Record<LaneType, readonly number[]>> = {
  f32: FLOATS,
  i32: INTEGERS,
  u32: INTEGERS.map((value) => value >>> 0),
  bool: [0, 1],
};

const numeric: readonly LaneType[] = ['f32', 'i32', 'u32'];
/** The types that shift. */
export const WHOLE_TYPES: readonly LaneType[] = ['i32', 'u32'];
/** Every type. */
export const ALL_TYPES: readonly LaneType[] = ['f32', 'i32', 'u32', 'bool'];
const float: readonly LaneType[] = ['f32'];
const bitwise: readonly LaneType[] = ['i32', 'u32', 'bool'];

/** Every operation whose inputs have one type: its input types, result type and number of inputs. */
const OPERATIONS: readonly (readonly [MachineOp, readonly LaneType[], LaneType | 'same', 1 | 2])[] = [
  ['add', numeric, 'same', 2],
  ['subtract', numeric, 'same', 2],
  ['multiply', numeric, 'same', 2],
  ['divide', float, 'same', 2],
  ['minimum', ALL_TYPES, 'same', 2],
  ['maximum', ALL_TYPES, 'same', 2],
  ['negate', numeric, 'same', 1],
  ['abs', numeric, 'same', 1],
  ['sqrt', float, 'same', 1],
  ['floor', float, 'same', 1],
  ['ceil', float, 'same', 1],
  ['round', float, 'same', 1],
  ['truncate', float, 'same', 1],
  ['and', bitwise, 'same', 2],
  ['or', bitwise, 'same', 2],
  ['xor', bitwise, 'same', 2],
  ['not', bitwise, 'same', 1],
  ['equal', ALL_TYPES, 'bool', 2],
  ['notEqual', ALL_TYPES, 'bool', 2],
  ['less', ALL_TYPES, 'bool', 2],
  ['lessEqual', ALL_TYPES, 'bool', 2],
  ['greater', ALL_TYPES, 'bool', 2],
  ['greaterEqual', ALL_TYPES, 'bool', 2],
  ['toFloat', ALL_TYPES, 'f32', 1],
  ['toInt', ALL_TYPES, 'i32', 1],
  ['toUint', ALL_TYPES, 'u32', 1],
  ['toBool', ALL_TYPES, 'bool', 1],
  ['bitsToFloat', ALL_TYPES, 'f32', 1],
  ['bitsToInt', ALL_TYPES, 'i32', 1],
  ['bitsToUint', ALL_TYPES, 'u32', 1],
];
/** Those operations, once for each type that they take. */
export const CASES: readonly {
  readonly op: MachineOp;
  readonly type: LaneType;
  readonly result: LaneType;
  readonly arity: 1 | 2;
}[] = OPERATIONS.flatMap(([op, types, result, arity]) =>
  types.map((type) => ({ op, type, result: result === 'same' ? type : result, arity })),
);
