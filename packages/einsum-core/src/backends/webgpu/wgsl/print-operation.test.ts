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
  multiplyE,
  selectE,
  shiftLeftE,
  subtractE,
} from '../../../kernels/expression.ts';
import { ALL_TYPES, CASES, SAMPLES, WHOLE_TYPES } from '../../../kernels/machine-operations.test-helper.ts';
import { interpretMachine } from '../../../testing/machine-interpreter.ts';
import { type HostArray, noGpu, useTestGpu } from '../gpu.test-helper.ts';
import { printOperation } from './print-operation.ts';

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

  it.each(WHOLE_TYPES)('shifts of %s by a constant', async (type) => {
    for (const op of ['shiftLeft', 'shiftRight'] as const) {
      for (const amount of [0, 1, 23, 31]) {
        await expectAsInterpreted(expression(op, type, load(0, type), constant(amount, 'i32')), [pairs(type)[0]]);
      }
    }
  });

  it.each(ALL_TYPES)('select between two of %s', async (type) => {
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
    const inputs = [host('f32', SAMPLES.f32)];
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
    ['f32', [...SAMPLES.f32, 1e-40, -1e-40, 3.4028234663852886e38, 0.1]],
    ['i32', SAMPLES.i32],
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
