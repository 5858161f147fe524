import type { IndexedContraction } from '../../../kernels/kernel.ts';
import { ofLength } from '../../../kernels/slice-sum.ts';
import { bestSchedule } from '../gemm/choose-schedule.ts';
import { evenRanges, lineOf, type Part } from './part.ts';

const GROUPS = ['batch', 'rows', 'columns'] as const;

/**
 * An indexed contraction that adds its slices up, in parts that each make and add a range of every slice: no two parts write to the same
 * element, and each adds in the order of the whole.
 */
export function splitAdded(
  kernel: IndexedContraction,
  added: IndexedContraction,
  count: number,
  relaxed: boolean,
): Part[] {
  const { contraction, lookups } = kernel;
  const [{ stride: slice }] = added.lookups;
  const { summationOrder } = bestSchedule(contraction, relaxed);
  const within = GROUPS.flatMap((group) =>
    contraction[group].filter(({ size, out }) => size > 1 && out < slice).map((axis) => ({ group, axis })),
  );
  const outermost = within.reduce((best, next) => (next.axis.out > best.axis.out ? next : best), within[0]);
  const none = lookups.map(() => 0);
  if (outermost === undefined) return [{ kernel, starts: [0, 0, ...none, 0, 0, 0], summationOrder }];
  const { group, axis } = outermost;
  return evenRanges(axis.size, count, axis.out === 1 ? lineOf('f32') : 1).map(({ start, size }) => ({
    kernel: {
      ...kernel,
      contraction: {
        ...contraction,
        [group]: contraction[group].map((own) => (own === axis ? { ...own, size } : own)),
      },
      added: ofLength(added, size * axis.out),
    },
    starts: [start * axis.left, start * axis.right, ...none, 0, 0, start * axis.out],
    summationOrder,
  }));
}
