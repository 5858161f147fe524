import type { IndexedContraction } from '../../../kernels/kernel.ts';
import { evenRanges, type Part, type Range } from './part.ts';
import { splitContraction } from './split-contraction.ts';

/** Ranges of steps at most this many times an equal share are taken; else each step is divided, where it can be. */
const GOOD = 1.1;

/**
 * An indexed contraction in parts that write apart from each other: along its longest axis of steps whose results lie apart, or else each
 * step in parts, so that what steps add up is added by one thread and in the order of the whole.
 */
export function splitIndexed(kernel: IndexedContraction, count: number, relaxed: boolean): Part[] {
  const along = kernel.steps.reduce(
    (best, { size, out }, axis) => (out !== 0 && size > (kernel.steps[best]?.size ?? 1) ? axis : best),
    -1,
  );
  const size = kernel.steps[along]?.size ?? 0;
  const ranges = size < 2 ? [] : evenRanges(size, count, 1);
  if (ranges.length > 1 && ranges[0].size * count <= GOOD * size)
    return ranges.map((range) => stepsOf(kernel, along, range));
  const { contraction, offsets } = kernel;
  const parts = splitContraction({ kind: 'contract', contraction, offsets }, count, relaxed).map((part): Part => {
    if (part.kernel.kind !== 'contract') throw new RangeError('a contraction has parts of another kind');
    const [left, right, out] = part.starts;
    return {
      kernel: { ...kernel, contraction: part.kernel.contraction, offsets: [0, 0] },
      starts: [left, right, ...kernel.lookups.map(() => 0), out],
      ...(part.summationOrder === undefined ? {} : { summationOrder: part.summationOrder }),
    };
  });
  return parts.length > 1 || ranges.length < 2 ? parts : ranges.map((range) => stepsOf(kernel, along, range));
}

/** Some of the steps along an axis. */
function stepsOf(kernel: IndexedContraction, along: number, { start, size }: Range): Part {
  const axis = kernel.steps[along];
  return {
    kernel: { ...kernel, steps: kernel.steps.map((step, i) => (i === along ? { ...step, size } : step)) },
    starts: [
      start * axis.left,
      start * axis.right,
      ...kernel.lookups.map(({ strides }) => start * strides[along]),
      start * axis.out,
    ],
  };
}
