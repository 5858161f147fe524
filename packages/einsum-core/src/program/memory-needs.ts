import { sameShape, sizeOf, type Shape } from '../base/shape.ts';
import { commonRefinement } from '../kernels/view.ts';
import { isWhole } from './group-roles.ts';
import type { Grouping } from './groups.ts';
import { isInlined } from './inlined.ts';
import type { Operand, StridedGraph, StridedValue } from './strided-graph.ts';

/** Whether the axes of a loop are fine enough for a value. */
export function fits(axes: Shape, { shape }: Pick<StridedValue, 'shape'>): boolean {
  const refined = commonRefinement([axes, shape]);
  return refined !== undefined && sameShape(refined, axes);
}

/** What is certain to need memory, and what might rather be computed again. */
export interface MemoryNeeds {
  readonly stored: boolean[];
  /** For values that other loops read, the groups of those loops, which could compute them again. */
  readonly readers: ReadonlyMap<number, ReadonlySet<number>>;
}

/**
 * Which values need memory: inputs, outputs, and what is read by work that is no loop; and of what one loop kernel
 * computes and another reads, see `storeOrRecompute`.
 */
export function needsMemory({ values, outputs }: StridedGraph, { groupOf, roleOf, groups }: Grouping): MemoryNeeds {
  const stored = values.map((value) => value.work.kind === 'input');
  for (const { source } of outputs) stored[source] = true;
  const readers = new Map<number, Set<number>>();

  const canRecompute = (reader: number, operand: Operand): boolean => {
    const source = values[operand.source];
    const group = groups[groupOf[reader]];
    return (
      group !== undefined &&
      source.work.kind === 'elementwise' &&
      roleOf[operand.source] === 'full' &&
      roleOf[reader] !== 'row' &&
      sizeOf(source.shape) === group.size &&
      isWhole(operand, source) &&
      fits(group.axes, source)
    );
  };

  values.forEach((value, n) => {
    const { kind } = value.work;
    const isLoop = kind === 'elementwise' || kind === 'fold' || kind === 'generated';
    for (const operand of value.operands) {
      const { source } = operand;
      if (isLoop && (isInlined(operand, values[source], value) || (groupOf[n] >= 0 && groupOf[source] === groupOf[n])))
        continue;
      if (!isLoop || groupOf[source] < 0 || !canRecompute(n, operand)) stored[source] = true;
      else readers.set(source, (readers.get(source) ?? new Set()).add(groupOf[n]));
    }
  });

  return { stored, readers };
}
