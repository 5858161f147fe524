import { property, shape } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Shape, sizeOf, stridesOf } from '../base/shape.ts';
import { commonRefinement, contiguousView, isContiguous, mergeAxes, reshapeView, type View } from './view.ts';

/** The buffer positions that a view walks through, in row-major order: what a view means. */
function positions({ shape: sizes, offset, strides }: View): number[] {
  const rowMajor = stridesOf(sizes);
  return Array.from({ length: sizeOf(sizes) }, (_, at) =>
    sizes.reduce((position, size, axis) => position + (Math.floor(at / rowMajor[axis]) % size) * strides[axis], offset),
  );
}

/** Permuted, sliced, repeated and reversed walks of small buffers. */
const view: fc.Arbitrary<View> = shape({ maxAxis: 5, maxSize: 96 }).chain((sizes) =>
  fc
    .record({
      order: fc.shuffledSubarray(
        sizes.map((_, axis) => axis),
        { minLength: sizes.length },
      ),
      kinds: fc.array(fc.constantFrom('keep', 'keep', 'keep', 'repeat', 'skip', 'reverse'), {
        minLength: sizes.length,
        maxLength: sizes.length,
      }),
      offset: fc.nat({ max: 5 }),
    })
    .map(({ order, kinds, offset }) => {
      const strides = stridesOf(sizes);
      const factor = { keep: 1, repeat: 0, skip: 2, reverse: -1 };
      return {
        shape: order.map((axis) => sizes[axis]),
        offset,
        strides: order.map((axis) => strides[axis] * factor[kinds[axis] as keyof typeof factor]),
      };
    }),
);

/** Another shape of as many elements: primes regrouped, with ones thrown in. */
const regrouped = (size: number): fc.Arbitrary<number[]> => {
  if (size === 0) return fc.constantFrom([0], [3, 0, 2], [0, 0]);
  const primes: number[] = [];
  for (let rest = size, p = 2; rest > 1; p++) for (; rest % p === 0; rest /= p) primes.push(p);
  return fc
    .tuple(
      fc.shuffledSubarray(primes, { minLength: primes.length }),
      fc.array(fc.nat({ max: 3 }), { minLength: primes.length, maxLength: primes.length }),
    )
    .map(([factors, groups]) => {
      const sizes = [1, 1, 1, 1];
      factors.forEach((factor, i) => {
        sizes[groups[i]] *= factor;
      });
      return sizes;
    });
};

describe('views', () => {
  property('merging axes keeps the walk, and leaves nothing to merge', view, (original) => {
    const merged = mergeAxes(original);
    expect(positions({ ...merged })).toEqual(positions(original));
    expect(mergeAxes(merged)).toEqual(merged);
    expect(merged.shape).not.toContain(1);
  });

  property(
    'reshaping keeps the walk wherever strides can say it',
    view.chain((v) => fc.tuple(fc.constant(v), regrouped(sizeOf(v.shape)))),
    ([original, target]) => {
      const reshaped = reshapeView(original, target);
      if (reshaped !== undefined) {
        expect(reshaped.shape).toEqual(target);
        expect(positions(reshaped)).toEqual(positions(original));
      }
      expect(reshaped === undefined && isContiguous(original)).toBe(false);
    },
  );

  property(
    'a reshape is refused only where no strides exist',
    view.chain((v) => fc.tuple(fc.constant(v), regrouped(sizeOf(v.shape)))),
    ([original, target]) => {
      // If strides exist, each is the step from the first element to the next along that axis.
      const walk = positions(original);
      const rowMajor = stridesOf(target);
      const strides = target.map((size, axis) => (size > 1 && walk.length > 0 ? walk[rowMajor[axis]] - walk[0] : 0));
      const candidate: View = { shape: target, offset: walk[0] ?? 0, strides };
      const exists = JSON.stringify(positions(candidate)) === JSON.stringify(walk);
      return !exists || reshapeView(original, target) !== undefined;
    },
  );

  property('a row-major view is contiguous, and contiguous views walk 0, 1, 2, …', view, (original) => {
    expect(isContiguous(contiguousView(original.shape))).toBe(true);
    const counts = positions(original).every((position, at) => position === at);
    if (isContiguous(original)) expect(counts).toBe(true);
    if (counts && sizeOf(original.shape) > 0) expect(isContiguous(original)).toBe(true);
  });

  property(
    'a common refinement merges into every shape that it came from',
    fc.integer({ min: 1, max: 96 }).chain((n) => fc.array(regrouped(n), { minLength: 1, maxLength: 3 })),
    (shapes) => {
      const refined = commonRefinement(shapes);
      const cuts = (sizes: Shape): number[] => sizes.map((_, axis) => sizeOf(sizes.slice(axis)));
      if (refined === undefined) return;
      expect(sizeOf(refined)).toBe(sizeOf(shapes[0]));
      for (const sizes of shapes) expect([1, ...cuts(refined)]).toEqual(expect.arrayContaining(cuts(sizes)));
    },
  );

  it('shapes that cut at places that do not nest have no common refinement', () => {
    expect(
      commonRefinement([
        [2, 3],
        [3, 2],
      ]),
    ).toBeUndefined();
    expect(commonRefinement([[4, 6], [24], [2, 2, 6]])).toEqual([2, 2, 6]);
    expect(commonRefinement([[], [1]])).toEqual([]);
  });
});
