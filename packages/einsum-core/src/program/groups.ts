import { sizeOf, type Shape } from '../base/shape.ts';
import { commonRefinement, isContiguous, type View } from '../kernels/view.ts';
import type { Operand, StridedGraph, StridedValue } from './strided-graph.ts';

/**
 * Values that one loop kernel computes together. Every member is either full (one value per element of the index
 * space), a row value (one per row), or an accumulated sum over rows that only later kernels may read.
 */
export interface Group {
  readonly id: number;
  /** Elements of the index space. */
  readonly size: number;
  /** Elements per row; undefined while no member says what a row is. */
  columns: number | undefined;
  readonly members: number[];
  /** Every way in which members cut the index space into axes; they nest. */
  shapes: Shape[];
}

/** The part a value plays in a group. */
export type Role = 'full' | 'row' | 'rowFold' | 'rowSum';

/** Which group computes each value (−1: not a loop, or nothing to compute), and what each member is there. */
export interface Grouping {
  readonly groupOf: readonly number[];
  readonly roleOf: readonly (Role | undefined)[];
  readonly groups: readonly Group[];
}

/** True for constants and coordinates: recomputed wherever they are used instead of being stored. */
export const isFree = (value: StridedValue): boolean => value.work.kind === 'generated' && value.operands.length === 0;

/** Elements that loops over this value's work visit. */
const spaceOf = (value: StridedValue): Shape => (value.work.kind === 'fold' ? value.operands[0].view.shape : value.shape);

/** Elements per row of a fold over trailing axes, or undefined for a sum over leading ones. */
function foldedColumns(value: StridedValue): number | undefined {
  if (value.work.kind !== 'fold') return undefined;
  const { axes } = value.work;
  const { shape } = value.operands[0].view;
  const firstFolded = Math.min(...axes.filter((axis) => shape[axis] !== 1));
  const isTrailing = shape.every((extent, axis) => extent === 1 || axis < firstFolded || axes.includes(axis));
  return isTrailing ? sizeOf(axes.map((axis) => shape[axis])) : undefined;
}

/** The operand is the value itself, element by element, whatever axes it is written with. */
const isWhole = ({ view }: Operand, value: StridedValue): boolean => sizeOf(view.shape) === sizeOf(value.shape) && isContiguous(view);

/** The operand repeats a row value along the columns of an index space: strides 0 over trailing axes, in order before. */
function repeatsRows(view: View, columns: number): boolean {
  let inner = 1;
  let axis = view.shape.length - 1;
  for (; axis >= 0 && inner < columns; axis--) {
    if (view.shape[axis] !== 1 && view.strides[axis] !== 0) return false;
    inner *= view.shape[axis];
  }
  if (inner !== columns) return false;
  return isContiguous({ offset: view.offset, shape: view.shape.slice(0, axis + 1), strides: view.strides.slice(0, axis + 1) });
}

/** Groups of values, built front to back: each value joins a group of its operands where that is legal, else starts one. */
export function groupValues({ values }: StridedGraph): Grouping {
  const groupOf = new Array<number>(values.length).fill(-1);
  const roleOf = new Array<Role | undefined>(values.length).fill(undefined);
  const groups: Group[] = [];
  /** For each unit (a group, or a value that is in none), the units it reads. Merged groups forward to the survivor. */
  const reads = new Map<number, Set<number>>();
  const forward = new Map<number, number>();
  const unitOf = (value: number): number => {
    let unit = groupOf[value] >= 0 ? groupOf[value] : -2 - value;
    for (let next = forward.get(unit); next !== undefined; next = forward.get(unit)) unit = next;
    return unit;
  };
  const resolve = (unit: number): number => {
    let at = unit;
    for (let next = forward.get(at); next !== undefined; next = forward.get(at)) at = next;
    return at;
  };
  /** Whether `from` reads `target`, directly or through others. */
  const dependsOn = (from: number, target: number, visited = new Set<number>()): boolean => {
    const stack = [from];
    for (let unit = stack.pop(); unit !== undefined; unit = stack.pop()) {
      if (unit === target) return true;
      if (visited.has(unit)) continue;
      visited.add(unit);
      for (const read of reads.get(unit) ?? []) stack.push(resolve(read));
    }
    return false;
  };

  /** The role that value n would have in a group, or undefined where it does not fit. */
  const roleIn = (group: Group, n: number): { role: Role; columns: number | undefined; shapes: Shape[] } | undefined => {
    const value = values[n];
    const space = spaceOf(value);
    const folded = foldedColumns(value);
    const isFold = value.work.kind === 'fold';
    const columns = group.columns ?? (isFold ? folded : undefined);
    if (isFold && folded !== undefined && folded !== columns) return undefined;
    const spaceSize = sizeOf(space);
    const isRow = !isFold && columns !== undefined && columns > 1 && spaceSize * columns === group.size;
    if (!isRow && spaceSize !== group.size) return undefined;
    for (const operand of value.operands) {
      const source = values[operand.source];
      if (isFree(source) || groupOf[operand.source] < 0 || unitOf(operand.source) !== group.id) continue;
      const role = roleOf[operand.source];
      if (role === 'rowSum' || value.work.kind === 'generated') return undefined;
      const legal =
        role === 'full'
          ? !isRow && isWhole(operand, source)
          : isRow
            ? isWhole(operand, source)
            : columns !== undefined && sizeOf(source.shape) * columns === group.size && repeatsRows(operand.view, columns);
      if (!legal) return undefined;
    }
    const cuts: Shape[] = [...group.shapes, isRow ? [...space, columns] : space];
    if (columns !== undefined) cuts.push([group.size / columns, columns]);
    const refined = commonRefinement(cuts);
    if (refined === undefined) return undefined;
    return { role: isRow ? 'row' : !isFold ? 'full' : folded === undefined ? 'rowSum' : 'rowFold', columns, shapes: [refined] };
  };

  /** Joining must not make the group read something that itself reads the group. */
  const closesCycle = (group: Group, n: number): boolean =>
    values[n].operands.some(({ source }) => {
      const unit = unitOf(source);
      return unit !== group.id && dependsOn(unit, group.id);
    });

  const join = (group: Group, n: number, role: Role): void => {
    group.members.push(n);
    groupOf[n] = group.id;
    roleOf[n] = role;
    const own = reads.get(group.id) ?? new Set<number>();
    for (const { source } of values[n].operands) {
      const unit = unitOf(source);
      if (unit !== group.id && !isFree(values[source])) own.add(unit);
    }
    reads.set(group.id, own);
  };

  /** Takes another group's members in, where both walk the same space and nothing lies between them. */
  const merge = (group: Group, other: Group): boolean => {
    const columns = group.columns ?? other.columns;
    if (other.size !== group.size || (other.columns ?? columns) !== columns) return false;
    const cuts: Shape[] = [...group.shapes, ...other.shapes];
    if (columns !== undefined) cuts.push([group.size / columns, columns]);
    const refined = commonRefinement(cuts);
    if (refined === undefined) return false;
    const between = (a: number, b: number): boolean => [...(reads.get(a) ?? [])].map(resolve).some((unit) => unit !== b && unit !== a && dependsOn(unit, b));
    if (between(group.id, other.id) || between(other.id, group.id)) return false;
    const legal = (from: Group, to: Group): boolean => from.members.every((member) => readsLegally(values, roleOf, columns, to, member));
    if (!legal(group, other) || !legal(other, group)) return false;
    group.members.push(...other.members);
    group.shapes = [refined];
    group.columns = columns;
    for (const unit of reads.get(other.id) ?? []) reads.get(group.id)?.add(unit);
    forward.set(other.id, group.id);
    for (const member of other.members) groupOf[member] = group.id;
    other.members.length = 0;
    return true;
  };

  values.forEach((value, n) => {
    const { kind } = value.work;
    const isLoop = kind === 'elementwise' || kind === 'fold' || (kind === 'generated' && !isFree(value));
    if (!isLoop || sizeOf(value.shape) === 0 || sizeOf(spaceOf(value)) === 0) {
      reads.set(-2 - n, new Set(value.operands.filter(({ source }) => !isFree(values[source])).map(({ source }) => unitOf(source))));
      return;
    }
    const candidates = [...new Set(value.operands.map(({ source }) => (groupOf[source] < 0 ? -1 : unitOf(source))))].filter((id) => id >= 0);
    // the youngest first: its other members are the likeliest to be in the cache and to need no store
    candidates.sort((a, b) => b - a);
    let joined: Group | undefined;
    for (const id of candidates) {
      const group = groups[id];
      const fit = roleIn(group, n);
      if (fit === undefined || closesCycle(group, n)) continue;
      group.columns = fit.columns;
      group.shapes = fit.shapes;
      join(group, n, fit.role);
      joined = group;
      break;
    }
    if (joined === undefined) {
      const columns = foldedColumns(value);
      const space = spaceOf(value);
      joined = { id: groups.length, size: sizeOf(space), columns, members: [], shapes: [space] };
      groups.push(joined);
      reads.set(joined.id, new Set());
      const cuts: Shape[] = columns === undefined ? [space] : [space, [joined.size / columns, columns]];
      joined.shapes = [commonRefinement(cuts) ?? space];
      join(joined, n, kind !== 'fold' ? 'full' : columns === undefined ? 'rowSum' : 'rowFold');
    }
    for (const id of candidates) {
      const other = groups[resolve(id)];
      if (other.id === joined.id || other.members.length === 0) continue;
      merge(joined, other);
    }
  });
  return { groupOf, roleOf, groups };
}

/** Whether member n of one group could read what `other` computes in registers, if the two were one group. */
function readsLegally(values: readonly StridedValue[], roleOf: readonly (Role | undefined)[], columns: number | undefined, other: Group, n: number): boolean {
  const isRow = roleOf[n] === 'row';
  return values[n].operands.every((operand) => {
    if (isFree(values[operand.source]) || !other.members.includes(operand.source)) return true;
    if (values[n].work.kind === 'generated') return false;
    const source = values[operand.source];
    const role = roleOf[operand.source];
    if (role === 'rowSum') return false;
    if (role === 'full') return !isRow && isWhole(operand, source);
    return isRow ? isWhole(operand, source) : columns !== undefined && repeatsRows(operand.view, columns);
  });
}
