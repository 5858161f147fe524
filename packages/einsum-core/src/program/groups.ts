import { sizeOf, type Shape } from '../base/shape.ts';
import { commonRefinement } from '../kernels/view.ts';
import {
  foldedColumns,
  type Group,
  isFree,
  isWhole,
  readableInRegisters,
  type Role,
  roleFor,
  spaceOf,
} from './group-roles.ts';
import type { StridedGraph, StridedValue } from './strided-graph.ts';
import { createUnitGraph } from './unit-graph.ts';

/** Which group computes each value (−1: not a loop, or nothing to compute), and what each member is there. */
export interface Grouping {
  readonly groupOf: readonly number[];
  readonly roleOf: readonly (Role | undefined)[];
  readonly groups: readonly Group[];
}

/** Axes that all members can be written over, where there are such. */
function refined(size: number, columns: number | undefined, shapes: readonly Shape[]): Shape | undefined {
  return commonRefinement(columns === undefined ? shapes : [...shapes, [size / columns, columns]]);
}

/**
 * Groups of values, built front to back: each value joins a group of its operands where that is legal, else starts one.
 *
 * @param rearrange - has the last word
 */
export function groupValues(
  graph: StridedGraph,
  rearrange?: (graph: StridedGraph, builder: GroupBuilder) => void,
): Grouping {
  const builder = createBuilder(graph.values);
  for (let n = 0; n < graph.values.length; n++) builder.place(n);
  joinSums(graph.values, builder);
  rearrange?.(graph, builder);
  return builder.grouping;
}

/** The grouping so far, and the rule that places the next value. */
export interface GroupBuilder {
  readonly grouping: {
    readonly groupOf: number[];
    readonly roleOf: (Role | undefined)[];
    readonly groups: Group[];
  };
  place(n: number): void;
  /** Lets a group take another in, where that is legal. */
  merge(group: Group, other: Group): void;
  /** A new group without members. */
  add(columns: number | undefined, space: Shape): Group;
  /** Notes that the group of a value reads the groups of its operands, as they are now. */
  noteReads(n: number): void;
}

function createBuilder(values: readonly StridedValue[]): GroupBuilder {
  const groupOf = new Array<number>(values.length).fill(-1);
  const roleOf = new Array<Role | undefined>(values.length).fill(undefined);
  const groups: Group[] = [];
  const units = createUnitGraph();
  /** A group's number, or a negative one for a value in none. */
  const unitOf = (n: number): number => (groupOf[n] >= 0 ? units.resolve(groupOf[n]) : -2 - n);
  const readsOf = (n: number): number[] =>
    values[n].operands.filter(({ source }) => !isFree(values[source])).map(({ source }) => unitOf(source));

  /** How many loops in a chain lead to a value. */
  const chainOf: number[] = [];
  /**
   * A group is of one stretch of 128 loops: expressions are walked by recursion, and a loop is up to some thirty
   * operations of a backend. One more pass over memory costs little after so many.
   */
  const stretchOf = (n: number): number => chainOf[n] >> 7;

  const noteReads = (n: number): void => {
    const unit = unitOf(n);
    units.addReads(
      unit,
      readsOf(n).filter((read) => read !== unit),
    );
  };
  const join = (group: Group, n: number, role: Role): void => {
    group.members.push(n);
    groupOf[n] = group.id;
    roleOf[n] = role;
    noteReads(n);
  };

  /** Lets value n into a group, unless it does not fit or the group would come to read what reads the group. */
  const tryJoin = (group: Group, n: number): boolean => {
    const fit = stretchOf(group.members[0]) === stretchOf(n) ? roleFor(group, n, values, roleOf) : undefined;
    if (fit === undefined) return false;
    const axes = refined(group.size, fit.columns, [group.axes, fit.space]);
    const closesCircle = readsOf(n).some((unit) => unit !== group.id && units.dependsOn(unit, group.id));
    if (axes === undefined || closesCircle) return false;
    group.columns = fit.columns;
    group.axes = axes;
    join(group, n, fit.role);
    return true;
  };

  const add = (columns: number | undefined, space: Shape): Group => {
    const size = sizeOf(space);
    const axes = refined(size, columns, [space]) ?? space;
    const group: Group = { id: groups.length, size, columns, members: [], axes };
    groups.push(group);
    return group;
  };
  const start = (n: number): Group => {
    const columns = foldedColumns(values[n]);
    const group = add(columns, spaceOf(values[n]));
    join(group, n, values[n].work.kind !== 'fold' ? 'full' : columns === undefined ? 'rowSum' : 'rowFold');
    return group;
  };

  /** Takes another group in, where both walk the same space, nothing lies between them, and what one reads of the other can stay in registers. */
  const tryMerge = (group: Group, other: Group): void => {
    const columns = group.columns ?? other.columns;
    if (other.size !== group.size || (other.columns ?? columns) !== columns) return;
    if (stretchOf(group.members[0]) !== stretchOf(other.members[0])) return;
    const axes = refined(group.size, columns, [group.axes, other.axes]);
    if (
      axes === undefined ||
      units.readsThroughOthers(group.id, other.id) ||
      units.readsThroughOthers(other.id, group.id)
    )
      return;
    const isLegal = (from: Group, to: Group): boolean =>
      from.members.every((n) => readableInRegisters(n, to.members, columns, values, roleOf));
    if (!isLegal(group, other) || !isLegal(other, group)) return;
    group.columns = columns;
    group.axes = axes;
    for (const member of other.members) groupOf[member] = group.id;
    group.members.push(...other.members);
    other.members = [];
    units.absorb(group.id, other.id);
  };

  return {
    grouping: { groupOf, roleOf, groups },
    merge: tryMerge,
    add,
    noteReads,
    place(n) {
      const value = values[n];
      const { kind } = value.work;
      const isLoop = kind === 'elementwise' || kind === 'fold' || (kind === 'generated' && !isFree(value));
      if (!isLoop || sizeOf(value.shape) === 0 || sizeOf(spaceOf(value)) === 0) {
        units.addReads(-2 - n, readsOf(n));
        return;
      }
      chainOf[n] = Math.max(0, ...value.operands.map(({ source }) => (chainOf[source] ?? -1) + 1));
      // the youngest first: what it computes is the likeliest to be in the cache and to need no memory
      const candidates = [...new Set(readsOf(n))].filter((unit) => unit >= 0).sort((a, b) => b - a);
      const joined = candidates.map((id) => groups[id]).find((group) => tryJoin(group, n)) ?? start(n);
      for (const id of candidates) {
        const other = groups[units.resolve(id)];
        if (other.id !== joined.id && other.members.length > 0) tryMerge(joined, other);
      }
    },
  };
}

/** Sums over rows that stand alone are taken in a group that reads the same rows, each element once. */
function joinSums(
  values: readonly StridedValue[],
  { grouping: { groups, roleOf }, merge }: ReturnType<typeof createBuilder>,
): void {
  const readsWhole = ({ members }: Group, source: number): boolean =>
    members.some((n) =>
      values[n].operands.some((operand) => operand.source === source && isWhole(operand, values[source])),
    );
  for (const sum of groups) {
    const [n] = sum.members;
    if (sum.members.length !== 1 || roleOf[n] !== 'rowSum') continue;
    const [{ source }] = values[n].operands;
    const host = readsWhole(sum, source) && groups.find((group) => group.id !== sum.id && readsWhole(group, source));
    if (host) merge(host, sum);
  }
}
