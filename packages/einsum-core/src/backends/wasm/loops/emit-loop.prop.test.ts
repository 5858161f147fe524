import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import {
  addE,
  constant,
  type Expression,
  expression,
  indexAlong,
  load,
  maximumE,
  multiplyE,
} from '../../../kernels/expression.ts';
import type { Access, Fold, LoopKernel, Store } from '../../../kernels/kernel.ts';
import { loopMismatches } from './loop-mismatches.test-helper.ts';

/** Index spaces: long last axes, for whole vectors and what is left, and short ones. */
const axesOf = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
    fc.oneof(fc.nat(9), fc.integer({ min: 10, max: 70 }), fc.constantFrom(4095, 4100, 8191, 8205)),
  )
  .map(([outer, last]) => (last < 100 ? [...outer, last + 1] : [last + 1]));

/** Strides that walk the chosen axes in the chosen order, with gaps of `step`; 0 along the others. */
function stridesAlong(axes: readonly number[], order: readonly number[], step: number): number[] {
  const strides = axes.map(() => 0);
  let stride = step;
  for (const axis of order.toReversed()) {
    strides[axis] = stride;
    stride *= axes[axis];
  }
  return strides;
}

const choices = fc.record({
  axes: axesOf,
  rows: fc.nat(),
  orders: fc.array(fc.shuffledSubarray([0, 1, 2, 3]), { minLength: 8, maxLength: 8 }),
  steps: fc.array(fc.constantFrom(1, 1, 1, 2), { minLength: 8, maxLength: 8 }),
  offsets: fc.array(fc.nat(3), { minLength: 8, maxLength: 8 }),
  folds: fc.array(fc.constantFrom('sum', 'maximum', 'dependent'), { maxLength: 3 }),
  stores: fc.array(fc.constantFrom('full', 'row', 'sum', 'normalized', 'where', 'again', 'both', 'lateSum'), {
    minLength: 1,
    maxLength: 4,
  }),
});

/** A kernel of three loads, some folds and some stores. */
function kernelOf({
  axes,
  rows,
  orders,
  steps,
  offsets,
  folds: kinds,
  stores: wanted,
}: typeof choices extends fc.Arbitrary<infer T> ? T : never): LoopKernel {
  const rank = axes.length;
  const last = rank - 1;
  const all = axes.map((_, axis) => axis);
  const rowRank = kinds.length === 0 ? 0 : rows % (rank + 1);
  const within = (order: readonly number[]): number[] => order.filter((axis) => axis < rank);
  const loads: Access[] = [0, 1, 2].map((n) => ({
    buffer: n,
    dtype: 'f32',
    offset: offsets[n],
    strides: stridesAlong(axes, n === 0 ? all : within(orders[n]), steps[n]),
  }));
  const x = load(0, 'f32');
  const y = load(1, 'f32');
  /** Dear enough to be kept in scratch memory; with ten constants, vectors are computed together. */
  const dear = (start: Expression, from: number): Expression =>
    [0, 1, 2, 3, 4].reduce((value, c) => maximumE(addE(value, constant(from + c)), load(2, 'f32')), start);
  const reduced = (n: number): Expression => ({ op: 'reduced', type: 'f32', inputs: [], value: n });
  const folds = kinds.map((kind, n): Fold => {
    if (kind === 'dependent') return { operation: 'maximum', value: n === 0 ? y : addE(x, reduced(n - 1)) };
    return { operation: kind, value: kind === 'sum' ? multiplyE(x, y) : addE(x, y) };
  });
  const withFolds = folds.reduce<Expression>((value, _, n) => addE(value, reduced(n)), load(2, 'f32'));
  const values: Record<(typeof wanted)[number], Expression> = {
    full: addE(multiplyE(x, y), constant(2)),
    row: folds.length === 0 ? constant(3) : reduced(0),
    sum: addE(x, y),
    normalized: maximumE(withFolds, x),
    lateSum: addE(withFolds, x),
    where: addE(expression('toFloat', 'f32', indexAlong(last)), expression('toFloat', 'f32', indexAlong(0))),
    again: addE(dear(x, 1), withFolds),
    both: addE(maximumE(dear(y, 11), withFolds), dear(x, 1)),
  };
  const stores = wanted.map((kind, n): Store => {
    const at = 3 + n;
    const kept = within(orders[at]).filter((axis) => axis !== last);
    const order =
      kind === 'sum' || kind === 'lateSum'
        ? [...kept, last]
        : kind === 'row'
          ? kept.filter((axis) => axis < rowRank)
          : all;
    const isPartial = kind === 'row' && order.length < rowRank;
    return {
      buffer: at,
      dtype: 'f32',
      offset: offsets[at],
      strides: stridesAlong(axes, isPartial ? all.slice(0, rowRank) : order, steps[at]),
      value: values[kind],
      accumulate: kind === 'sum' || kind === 'lateSum',
    };
  });
  return { kind: 'loop', axes, rowRank, loads, folds, stores };
}

describe('emitLoop, for any axes, strides, folds and stores', () => {
  for (const relaxed of [false, true]) {
    property(
      `${relaxed ? 'fused' : 'plain'}: equals the loops, and touches nothing else`,
      fc.record({ kernel: choices.map(kernelOf), seed: fc.nat(100) }),
      ({ kernel, seed }) => {
        expect(loopMismatches(kernel, seed, relaxed)).toEqual([]);
      },
      { runs: 500 },
    );
  }
});
