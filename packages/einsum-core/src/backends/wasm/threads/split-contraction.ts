import type { ContractionAxis, ContractionKernel } from '../../../kernels/contraction.ts';
import type { ContractionCall } from '../../../kernels/kernel.ts';
import { bestSchedule } from '../gemm/choose-schedule.ts';
import { evenRanges, lineOf, type Part } from './part.ts';

/**
 * A contraction cut along one axis of its output into about `count` parts: the axis whose longest part takes the least
 * time. Sums are not cut, and a part adds in the order of the whole, so that every element is the same to the last bit.
 */
export function splitContraction(
  { contraction, offsets, epilogue }: ContractionCall,
  count: number,
  relaxed: boolean,
): Part[] {
  const { summationOrder, cycles } = bestSchedule(contraction, relaxed);
  let best = { cycles, parts: [{ contraction, starts: [...offsets, 0] }] };
  for (const group of ['batch', 'rows', 'columns'] as const) {
    contraction[group].forEach((axis, position) => {
      const ranges = evenRanges(axis.size, count, axis.out === 1 ? lineOf('f32') : 1);
      if (ranges.length < 2) return;
      const parts = ranges.map(({ start, size }) => ({
        contraction: resized(contraction, group, position, size),
        starts: [offsets[0] + start * axis.left, offsets[1] + start * axis.right, start * axis.out],
      }));
      const longest = bestSchedule(parts[0].contraction, relaxed, summationOrder);
      if (longest.cycles < best.cycles) best = { cycles: longest.cycles, parts };
    });
  }
  return best.parts.map((part) => ({
    kernel: {
      kind: 'contract',
      contraction: part.contraction,
      offsets: [0, 0],
      ...(epilogue === undefined ? {} : { epilogue }),
    },
    starts: part.starts,
    summationOrder,
  }));
}

type Group = 'batch' | 'rows' | 'columns';

/** The contraction with another size of one axis. */
function resized(contraction: ContractionKernel, group: Group, position: number, size: number): ContractionKernel {
  const axes = contraction[group].map((axis, i): ContractionAxis => (i === position ? { ...axis, size } : axis));
  return { ...contraction, [group]: axes };
}
