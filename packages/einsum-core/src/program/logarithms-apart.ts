import { type Shape, sizeOf } from '../base/shape.ts';
import { commonRefinement } from '../kernels/view.ts';
import type { Group } from './group-roles.ts';
import type { GroupBuilder } from './groups.ts';
import type { StridedGraph } from './strided-graph.ts';

/** Fewer rows than this are not worth a loop of their own. */
const MANY_ROWS = 256;

/**
 * Takes logarithms at the ends of rows, and what is computed of them there, out of loops over rows and into loops over their results, which take
 * four at a time: the logarithm of a sum waits for the sum, and the next row waits behind it. Those on which nothing larger depends stay apart; others
 * would have the rows walked over once more.
 */
export function logarithmsApart({ values }: StridedGraph, builder: GroupBuilder): void {
  const { groups, groupOf, roleOf } = builder.grouping;
  const readers = values.map((): number[] => []);
  values.forEach(({ operands }, n) => {
    for (const { source } of operands) readers[source].push(n);
  });
  /** Moves row values into a group whose elements they are. */
  const split = (group: Group, rows: ReadonlySet<number>, axes: Shape): Group => {
    group.members = group.members.filter((n) => !rows.has(n));
    const apart = builder.add(undefined, axes);
    for (const n of rows) {
      apart.members.push(n);
      groupOf[n] = apart.id;
      roleOf[n] = 'full';
    }
    for (const n of rows) for (const reader of [n, ...readers[n]]) builder.noteReads(reader);
    return apart;
  };
  for (const group of [...groups]) {
    const isRow = (n: number): boolean => groupOf[n] === group.id && roleOf[n] === 'row';
    const moved = new Set<number>();
    const move = (n: number): void => {
      if (moved.has(n)) return;
      moved.add(n);
      readers[n].filter(isRow).forEach(move);
    };
    for (const n of group.members) {
      const { work, shape } = values[n];
      if (isRow(n) && work.kind === 'elementwise' && work.name === 'log' && sizeOf(shape) >= MANY_ROWS) move(n);
    }
    // whole rows need them
    const isNeeded = [...moved].some((n) =>
      readers[n].some((reader) => groupOf[reader] === group.id && !isRow(reader)),
    );
    const axes = commonRefinement([...moved].map((n) => values[n].shape));
    if (moved.size === 0 || isNeeded || axes === undefined) continue;
    const apart = split(group, moved, axes);
    const near = [...moved].flatMap((n) => [...values[n].operands.map(({ source }) => source), ...readers[n]]);
    for (const n of near) {
      const other = groups[groupOf[n]];
      if (other !== undefined && other !== group && other !== apart) builder.merge(apart, other);
    }
  }
}
