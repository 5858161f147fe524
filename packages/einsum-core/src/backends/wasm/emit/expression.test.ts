import { describe, expect, it } from 'vitest';
import { allocateHost, type LaneType, type TypedArray } from '../../../base/dtype.ts';
import {
  addE,
  constant,
  divideE,
  type Expression,
  equalE,
  expression,
  fmaE,
  greaterE,
  indexAlong,
  lessE,
  load,
  multiplyE,
  negateE,
  selectE,
  shiftLeftE,
} from '../../../kernels/expression.ts';
import { ALL_TYPES, CASES, SAMPLES, WHOLE_TYPES } from '../../../kernels/machine-operations.test-helper.ts';
import { compileElementwise } from '../../../testing/evaluate-expression.ts';
import { interpretMachine } from '../../../testing/machine-interpreter.ts';
import { type ExpressionContext, emitExpressions, hoistConstants } from './expression.ts';
import { createFunctionBuilder, type FunctionBuilder } from './function-builder.ts';
import { createModuleBuilder } from './module-builder.ts';

const hostArray = (type: LaneType, values: readonly number[]): TypedArray => {
  const array = allocateHost(type, values.length);
  array.set(values);
  return array;
};

/** Every pair of sample values, as two arrays. */
function pairs(type: LaneType): [TypedArray, TypedArray] {
  const samples = SAMPLES[type];
  const all = samples.flatMap((a) => samples.map((b) => [a, b]));
  return [
    hostArray(
      type,
      all.map(([a]) => a),
    ),
    hostArray(
      type,
      all.map(([, b]) => b),
    ),
  ];
}

function expectAsInterpreted(root: Expression, inputs: readonly TypedArray[], relaxed: boolean = false): void {
  const got = compileElementwise(root, { relaxed })(...inputs);
  const expected = got.map((_, i) =>
    interpretMachine(
      root,
      inputs.map((input) => input[i]),
      i,
    ),
  );
  expect([...got]).toStrictEqual([...expected]);
}

describe('emitExpressions, one operation on awkward values against plain JavaScript', () => {
  it.each(CASES)('$op on $type gives $result', ({ op, type, result, arity }) => {
    const inputs = [load(0, type), load(1, type)].slice(0, arity);
    expectAsInterpreted(expression(op, result, ...inputs), pairs(type));
  });

  it.each(WHOLE_TYPES)('shifts of %s by a constant', (type) => {
    for (const op of ['shiftLeft', 'shiftRight'] as const) {
      for (const amount of [0, 1, 23, 31]) {
        expectAsInterpreted(expression(op, type, load(0, type), constant(amount, 'i32')), pairs(type));
      }
    }
  });

  it.each(ALL_TYPES)('select between two of %s, with and without relaxed SIMD', (type) => {
    const [a, b] = pairs(type);
    const condition = hostArray(
      'bool',
      [...a].map((_, i) => Number(i % 3 === 0)),
    );
    const root = selectE(load(2, 'bool'), load(0, type), load(1, type));
    for (const relaxed of [false, true]) expectAsInterpreted(root, [a, b, condition], relaxed);
    // a constant on either side, zeros of both signs among them
    for (const value of type === 'f32' ? [0, -0, 1] : [0, 1]) {
      for (const [yes, no] of [
        [constant(value, type), load(0, type)],
        [load(0, type), constant(value, type)],
      ] as const)
        expectAsInterpreted(selectE(load(2, 'bool'), yes, no), [a, b, condition]);
    }
  });

  it('fma without relaxed SIMD rounds the product and the sum', () => {
    expectAsInterpreted(fmaE(load(0, 'f32'), load(1, 'f32'), constant(0.1)), pairs('f32'));
    expectAsInterpreted(fmaE(negateE(load(0, 'f32')), load(1, 'f32'), constant(0.1)), pairs('f32'));
  });

  it('fma of a negated factor that is also used elsewhere', () => {
    const negated = negateE(load(0, 'f32'));
    const product = fmaE(negated, load(1, 'f32'), constant(2));
    expectAsInterpreted(selectE(lessE(negated, load(1, 'f32')), negated, product), pairs('f32'));
    expectAsInterpreted(addE(product, negated), pairs('f32'));
    expectAsInterpreted(fmaE(negated, expression('sqrt', 'f32', negated), constant(2)), pairs('f32'));
    expectAsInterpreted(addE(expression('sqrt', 'f32', negated), product), pairs('f32'));
  });

  it('tells constants 0 and −0 apart', () => {
    const zeros = [constant(0), constant(-0)].map((zero) => divideE(load(0, 'f32'), zero));
    expectAsInterpreted(selectE(load(1, 'bool'), zeros[0], zeros[1]), [
      ...pairs('f32').slice(0, 1),
      hostArray(
        'bool',
        SAMPLES.f32.flatMap(() => SAMPLES.f32.map((_, i) => i % 2)),
      ),
    ]);
  });

  it('fma with relaxed SIMD is within one rounding of a·b + c, also for −a', () => {
    const a = Float32Array.from({ length: 999 }, (_, i) => Math.sin(i) * 10);
    const b = a.map((_, i) => Math.cos(3 * i));
    for (const [sign, factor] of [[1, load(0, 'f32')] as const, [-1, negateE(load(0, 'f32'))] as const]) {
      const got = compileElementwise(fmaE(factor, load(1, 'f32'), constant(0.5)), { relaxed: true })(a, b);
      const error = got.map((value, i) => Math.abs(value - (sign * a[i] * b[i] + 0.5)));
      // Two roundings at most, of a product and a sum below 16.
      expect(Math.max(...error)).toBeLessThanOrEqual(2 * 2 ** -21);
    }
  });

  it('smaller and larger of two by comparison take the second operand for NaN, as the select says', () => {
    const [a, b] = [load(0, 'f32'), load(1, 'f32')];
    for (const compare of [lessE, greaterE]) {
      expectAsInterpreted(selectE(compare(a, b), a, b), pairs('f32'));
      expectAsInterpreted(selectE(compare(a, b), b, a), pairs('f32'));
    }
    // The comparison is needed twice: as a value and within a minimum.
    const isLess = lessE(a, b);
    expectAsInterpreted(addE(selectE(isLess, a, b), expression('toFloat', 'f32', isLess)), pairs('f32'));
  });

  it('every length up to nine, the end of a vector included, with the coordinate as i32', () => {
    for (let length = 0; length <= 9; length++) {
      const zeros = new Int32Array(length);
      const got = compileElementwise(addE(indexAlong(0), load(0, 'i32')), { relaxed: false })(zeros);
      expect([...got]).toStrictEqual([...zeros.keys()]);
    }
  });
});

/** A context whose loads read f32 at byte 16·n, counting them. */
function countingContext(f: FunctionBuilder): ExpressionContext & { loads: number } {
  const context = {
    loads: 0,
    load: (n: number) => {
      context.loads += 1;
      f.i32(0);
      f.load('v128.load', 16 * n);
    },
    index: () => f.i32x4(0),
    reduced: () => f.f32x4(0),
  };
  return context;
}

describe('emitExpressions, sharing and locals', () => {
  const x = load(0, 'f32');
  const options = { relaxed: false };

  it('computes structurally equal nodes once, across roots', () => {
    const f = createFunctionBuilder([]);
    const context = countingContext(f);
    const square = (): Expression => multiplyE(load(0, 'f32'), load(0, 'f32'));
    emitExpressions(f, [addE(square(), square()), negateE(square())], context, options);
    expect(context.loads).toBe(1);
  });

  it('gives equal roots a local each, and needs one for each leaf of a chain without sharing', () => {
    const f = createFunctionBuilder([]);
    const chain = addE(multiplyE(x, load(1, 'f32')), constant(1));
    const locals = emitExpressions(f, [chain, chain], countingContext(f), options);
    expect(new Set(locals).size).toBe(2);
    const g = createFunctionBuilder([]);
    const [only] = emitExpressions(g, [chain], countingContext(g), options);
    g.release(only);
    expect([g.local('v128'), g.local('v128')].sort()).toStrictEqual([0, 1]);
  });

  it('releases what it shared, once it is used for the last time', () => {
    const f = createFunctionBuilder([]);
    const twice = addE(x, x);
    const fourTimes = addE(twice, twice);
    const [result] = emitExpressions(f, [addE(fourTimes, fourTimes)], countingContext(f), options);
    expect(result).toBe(0);
  });

  it('keeps a root that another root uses', () => {
    const module = createModuleBuilder();
    const run = module.addFunction([], (f) => {
      const inner = addE(x, constant(1));
      const locals = emitExpressions(f, [inner, multiplyE(inner, inner), inner], countingContext(f), options);
      for (const [i, local] of locals.entries()) {
        f.i32(0);
        f.get(local);
        f.store('v128.store', 16 + 16 * i);
      }
    });
    module.export('run', run);
    const memory = new WebAssembly.Memory({ initial: 1 });
    const values = new Float32Array(memory.buffer, 0, 16);
    values.set([1, 2, 3, 4]);
    const instance = new WebAssembly.Instance(new WebAssembly.Module(module.finish()), { env: { memory } });
    (instance.exports['run'] as () => void)();
    expect([...values.slice(4)]).toStrictEqual([2, 3, 4, 5, 4, 9, 16, 25, 2, 3, 4, 5]);
  });

  it('hoists each distinct word once, zeros and shift amounts not at all', () => {
    const f = createFunctionBuilder([]);
    const shifted = shiftLeftE(expression('bitsToInt', 'i32', x), constant(23, 'i32'));
    const roots = [
      addE(addE(x, constant(1)), constant(0)),
      addE(shifted, constant(0x3f800000, 'i32')),
      expression('toFloat', 'f32', equalE(x, constant(-0))),
    ];
    const pool = hoistConstants(f, roots);
    expect([...pool.keys()]).toStrictEqual([0x3f800000, 0x80000000]);
  });
});

describe('emitExpressions, what it refuses', () => {
  const f = createFunctionBuilder([]);
  const emit = (root: Expression): unknown => emitExpressions(f, [root], countingContext(f), { relaxed: true });

  it('names an operation and the type it does not exist for', () => {
    const i = load(0, 'i32');
    expect(() => emit(divideE(i, i))).toThrow('divide does not exist for i32');
    expect(() => emit(expression('fma', 'i32', i, i, i))).toThrow('fma does not exist for i32');
    expect(() => emit(expression('sqrt', 'bool', load(0, 'bool')))).toThrow('sqrt does not exist for bool');
  });

  it('asks for lowerMath when an elementary function is left', () => {
    expect(() => emit(expression('exp', 'f32', load(0, 'f32')))).toThrow(
      'exp is not a machine operation; apply lowerMath first',
    );
  });

  it('wants shift amounts to be constants', () => {
    expect(() => emit(shiftLeftE(load(0, 'i32'), load(1, 'i32')))).toThrow(
      'shiftLeft: the amount is a load; expected a constant',
    );
  });
});
