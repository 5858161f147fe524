import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeContraction } from '../../../kernels/contraction.ts';
import { contractions } from '../../../kernels/contraction-arbitrary.test-helper.ts';
import { createModuleBuilder } from '../emit/module-builder.ts';
import { bestSchedule, schedulesOf } from './choose-schedule.ts';
import { groupsOf } from './contraction-mismatches.test-helper.ts';
import { emitContraction } from './emit-contraction.ts';
import { contractionBits, outputAxes, splitContraction } from './split-contraction.test-helper.ts';
import { summationOrder } from './summation.ts';

const SMALL_BLOCKS = { nearBytes: 64, rightBytes: 600, leftBytes: 600, depth: 16 };

const whole = (kernel: Parameters<typeof bestSchedule>[0]) => [{ kernel, start: { left: 0, right: 0, out: 0 } }];

describe('summationOrder', () => {
  property(
    'parts of a contraction, cut along any output axis, give the bits of the whole in its order',
    fc.record({
      kernel: contractions.filter((kernel) =>
        outputAxes(kernel).some(({ group, position: p }) => kernel[group][p].size > 1),
      ),
      relaxed: fc.boolean(),
      seed: fc.nat(),
      axis: fc.nat(),
      cuts: fc.array(fc.nat(), { minLength: 1, maxLength: 2 }),
      choice: fc.nat(),
      isCut: fc.boolean(),
    }),
    ({ kernel, relaxed, seed, axis, cuts, choice, isCut }) => {
      const axes = outputAxes(kernel).filter(({ group, position }) => kernel[group][position].size > 1);
      const along = axes[axis % axes.length];
      const { size } = kernel[along.group][along.position];
      const at = [...new Set(cuts.map((cut) => 1 + (cut % (size - 1))))].sort((a, b) => a - b);
      const wishes = isCut ? { relaxed, limits: SMALL_BLOCKS } : { relaxed };
      const schedules = schedulesOf(normalizeContraction(kernel), wishes);
      const order = summationOrder(schedules[choice % schedules.length]);
      const run = { ...wishes, summationOrder: order, seed };
      const bits = contractionBits(kernel, whole(kernel), run);
      expect(contractionBits(kernel, splitContraction(kernel, along, at), run)).toEqual(bits);
    },
    { runs: 600 },
  );

  it('is kept by parts without a batch where the whole packs all of its batch in shorter blocks', () => {
    const sizes = { t: 60, b: 4, k: 130, n: 9 };
    const kernel = groupsOf('tbk,tbn->bkn', sizes);
    const wishes = { relaxed: false, limits: SMALL_BLOCKS };
    const orders = new Set(schedulesOf(normalizeContraction(kernel), wishes).map(summationOrder));
    expect([...orders].some((order) => order.startsWith('axes |0, 7×8+4'))).toBe(true);
    const [first] = outputAxes(kernel);
    for (const order of orders) {
      const run = { ...wishes, summationOrder: order, seed: 1 };
      const bits = contractionBits(kernel, whole(kernel), run);
      expect(contractionBits(kernel, splitContraction(kernel, first, [1]), run)).toEqual(bits);
    }
  });

  it('is kept by parts of few rows or columns where the whole finishes long sums before it stores them', () => {
    const kernel = groupsOf('mk,kn->mn', { m: 70, k: 520, n: 40 });
    const order = bestSchedule(kernel, true).summationOrder;
    expect(order).toBe('axes |0, 0×520+520 terms, one sum');
    const run = { relaxed: true, summationOrder: order, seed: 1 };
    const bits = contractionBits(kernel, whole(kernel), run);
    for (const along of outputAxes(kernel))
      expect(contractionBits(kernel, splitContraction(kernel, along, [5, 30]), run)).toEqual(bits);
  });

  it('is that of the cheapest schedule where none is asked for', () => {
    const kernel = groupsOf('mk,nk->mn', { m: 5, k: 700, n: 3 });
    const { summationOrder: order } = bestSchedule(kernel, true);
    const emit = (options: { summationOrder?: string }): Uint8Array => {
      const module = createModuleBuilder();
      emitContraction(module, kernel, { relaxed: true, ...options });
      return module.finish();
    };
    expect(emit({ summationOrder: order })).toEqual(emit({}));
    expect(bestSchedule(kernel, true, order)).toEqual(bestSchedule(kernel, true));
  });

  it('differs where terms are added in another order', () => {
    const orderOf = (k: number, m: number, n = 64) =>
      bestSchedule(groupsOf('mk,kn->mn', { m, k, n }), true).summationOrder;
    expect(orderOf(512, 64)).toBe(orderOf(512, 32));
    expect(orderOf(512, 64)).not.toBe(orderOf(256, 64)); // blocks
    expect(orderOf(512, 64)).not.toBe(orderOf(512, 1, 8)); // several partial sums
  });

  it('is refused where no schedule has it', () => {
    const kernel = groupsOf('mk,kn->mn', { m: 5, k: 7, n: 3 });
    const { summationOrder: other } = bestSchedule(groupsOf('mk,kn->mn', { m: 5, k: 8, n: 3 }), true);
    expect(() => emitContraction(createModuleBuilder(), kernel, { relaxed: true, summationOrder: other })).toThrow(
      RangeError,
    );
    expect(() => bestSchedule(kernel, true, other)).toThrow(`'${other}'`);
  });
});
