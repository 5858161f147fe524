import { awkwardFloat32Values } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { allocateHost, type LaneType } from '../../../base/dtype.ts';
import {
  addE,
  constant,
  divideE,
  type Expression,
  equalE,
  expression,
  fmaE,
  indexAlong,
  load,
  type MachineOp,
  multiplyE,
  selectE,
  shiftLeftE,
  subtractE,
} from '../../../kernels/expression.ts';
import { interpretMachine } from '../../../testing/machine-interpreter.ts';
import { type HostArray, noGpu, useTestGpu } from '../gpu.test-helper.ts';
import { printOperation } from './print-operation.ts';

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
const SAMPLES: Readonly<Record<LaneType, readonly number[]>> = {
  f32: FLOATS,
  i32: INTEGERS,
  u32: INTEGERS.map((value) => value >>> 0),
  bool: [0, 1],
};
const numeric: readonly LaneType[] = ['f32', 'i32', 'u32'];
const whole: readonly LaneType[] = ['i32', 'u32'];
const all: readonly LaneType[] = ['f32', 'i32', 'u32', 'bool'];
const float: readonly LaneType[] = ['f32'];
const bitwise: readonly LaneType[] = ['i32', 'u32', 'bool'];

/** Every operation whose inputs have one type: its input types, result type and number of inputs. */
const OPERATIONS: readonly (readonly [MachineOp, readonly LaneType[], LaneType | 'same', 1 | 2])[] = [
  ['add', numeric, 'same', 2],
  ['subtract', numeric, 'same', 2],
  ['multiply', numeric, 'same', 2],
  ['divide', float, 'same', 2],
  ['minimum', all, 'same', 2],
  ['maximum', all, 'same', 2],
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
  ['equal', all, 'bool', 2],
  ['notEqual', all, 'bool', 2],
  ['less', all, 'bool', 2],
  ['lessEqual', all, 'bool', 2],
  ['greater', all, 'bool', 2],
  ['greaterEqual', all, 'bool', 2],
  ['toFloat', all, 'f32', 1],
  ['toInt', all, 'i32', 1],
  ['toUint', all, 'u32', 1],
  ['toBool', all, 'bool', 1],
  ['bitsToFloat', all, 'f32', 1],
  ['bitsToInt', all, 'i32', 1],
  ['bitsToUint', all, 'u32', 1],
];
const CASES = OPERATIONS.flatMap(([op, types, result, arity]) =>
  types.map((type) => ({ op, type, result: result === 'same' ? type : result, arity })),
);

const host = (dtype: LaneType, list: readonly number[]): HostArray => {
  const values = allocateHost(dtype, list.length);
  values.set(list);
  return { dtype, values };
};
/** Every pair of sample values, as two arrays. */
function pairs(type: LaneType): [HostArray, HostArray] {
  const samples = SAMPLES[type];
  const both = samples.flatMap((a) => samples.map((b) => [a, b]));
  return [
    host(
      type,
      both.map(([a]) => a),
    ),
    host(
      type,
      both.map(([, b]) => b),
    ),
  ];
}

/** WGSL lets denormals be zeros, before an operation and after it. */
const flushed = (value: number): number => (Math.abs(value) < 2 ** -126 ? value * 0 : value);
/** A result may be flushed before it is rounded to the smallest normal number. */
const flushedResult = (value: number): number => (Math.abs(value) === 2 ** -126 ? value * 0 : flushed(value));
/** WGSL allows a division 2.5 units in the last place, and a square root what 1/(1/√x) has. */
const isNear = (got: number, expected: number): boolean => Math.abs(got - expected) <= Math.abs(expected) * 2 ** -22;

describe.skipIf(noGpu)('printOperation, on awkward values against plain JavaScript', () => {
  const gpu = useTestGpu();

  async function expectAsInterpreted(root: Expression, inputs: readonly HostArray[]): Promise<void> {
    const got = await gpu().runExpression(root, inputs);
    const isRounded = root.op === 'divide' || root.op === 'sqrt';
    const wrong: string[] = [];
    got.forEach((value, i) => {
      const here = inputs.map(({ values }) => values[i]);
      const flushedHere = inputs.map(({ dtype, values }) => (dtype === 'f32' ? flushed(values[i]) : values[i]));
      const exact = [here, flushedHere].map((loads) => interpretMachine(root, loads, i));
      const allowed = root.type === 'f32' ? [...exact, ...exact.map(flushedResult)] : exact;
      if (allowed.some((each) => Object.is(each, value) || (isRounded && isNear(value, each)))) return;
      wrong.push(`(${here.join(', ')}) gave ${Object.is(value, -0) ? '-0' : value}, expected ${allowed.join(' or ')}`);
    });
    expect(wrong).toStrictEqual([]);
  }

  it.each(CASES)('$op on $type gives $result', async ({ op, type, result, arity }) => {
    const inputs = [load(0, type), load(1, type)].slice(0, arity);
    await expectAsInterpreted(expression(op, result, ...inputs), pairs(type).slice(0, arity));
  });

  it.each(whole)('shifts of %s by a constant', async (type) => {
    for (const op of ['shiftLeft', 'shiftRight'] as const) {
      for (const amount of [0, 1, 23, 31]) {
        await expectAsInterpreted(expression(op, type, load(0, type), constant(amount, 'i32')), [pairs(type)[0]]);
      }
    }
  });

  it.each(all)('select between two of %s', async (type) => {
    const [a, b] = pairs(type);
    const condition = host(
      'bool',
      Array.from(a.values, (_, i) => Number(i % 3 === 0)),
    );
    await expectAsInterpreted(selectE(load(2, 'bool'), load(0, type), load(1, type)), [a, b, condition]);
  });

  it('fma, rounded once or twice', async () => {
    const x = host('f32', [1.5, -3, 0, Infinity, NaN, 1e30]);
    const y = host('f32', [2, 5, 0, 0, 1, 1e30]);
    const got = await gpu().runExpression(fmaE(load(0, 'f32'), load(1, 'f32'), constant(0.5)), [x, y]);
    expect([...got]).toStrictEqual([3.5, -14.5, 0.5, NaN, NaN, Infinity]);
  });

  it('keeps what a compiler that thinks of real numbers would simplify away', async () => {
    const x = load(0, 'f32');
    const inputs = [host('f32', FLOATS)];
    for (const root of [
      multiplyE(x, constant(0)),
      multiplyE(constant(-0), x),
      subtractE(x, x),
      divideE(x, x),
      divideE(constant(0), x),
      addE(x, constant(0)),
      equalE(x, x),
      expression('notEqual', 'bool', x, x),
    ]) {
      await expectAsInterpreted(root, inputs);
    }
  });

  it.each<readonly [LaneType, readonly number[]]>([
    ['f32', [...FLOATS, 1e-40, -1e-40, 3.4028234663852886e38, 0.1]],
    ['i32', INTEGERS],
    ['u32', SAMPLES.u32],
    ['bool', [0, 1]],
  ])('constants of %s, alone and with each other', async (type, values) => {
    for (const value of values) {
      const [got] = await gpu().runExpression(constant(value, type), []);
      expect(got).toBe(allocateHost(type, 1).fill(type === 'bool' ? Number(value !== 0) : value)[0]);
    }
    if (type === 'bool') return;
    const largest = constant(type === 'f32' ? 3e38 : 0x7fffffff, type);
    await expectAsInterpreted(multiplyE(largest, addE(largest, largest)), [host('f32', [0])]);
  });

  it('coordinates, beyond one workgroup', async () => {
    const zeros = host('i32', new Array<number>(200).fill(0));
    const got = await gpu().runExpression(addE(indexAlong(0), load(0, 'i32')), [zeros]);
    expect([...got]).toStrictEqual([...zeros.values.keys()]);
  });
});

describe('printOperation, what it refuses', () => {
  const print = (root: Expression): string => printOperation(root, ['a', 'b', 'c'], () => {});

  it('names an operation and the type it does not exist for', () => {
    const i = load(0, 'i32');
    expect(() => print(divideE(i, i))).toThrow('divide does not exist for i32');
    expect(() => print(expression('sqrt', 'bool', load(0, 'bool')))).toThrow('sqrt does not exist for bool');
  });

  it('wants shift amounts to be constants', () => {
    expect(() => print(shiftLeftE(load(0, 'i32'), load(1, 'i32')))).toThrow(
      'shiftLeft: the amount is a load; expected a constant',
    );
  });
});
