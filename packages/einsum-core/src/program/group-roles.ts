import { sizeOf, type Shape } from '../base/shape.ts';
import { isContiguous, type View } from '../kernels/view.ts';
import type { Operand, StridedValue } from './strided-graph.ts';

/** The part a value plays in a group: one per element, one per row, a fold of each row, or a sum over rows. */
export type Role = 'full' | 'row' | 'rowFold' | 'rowSum';

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
  /** Empty once another group took them over. */
  members: number[];
  /** Axes of the index space, fine enough for every member. */
  axes: Shape;
}

/** True for constants and coordinates: recomputed wherever they are used instead of being stored. */
export const isFree = (value: StridedValue): boolean => value.work.kind === 'generated' && value.operands.length === 0;

/** Elements that loops over this value's work visit. */
export const spaceOf = (value: StridedValue): Shape =>
  value.work.kind === 'fold' ? value.operands[0].view.shape : value.shape;

/** Elements per row of a fold over trailing axes; undefined for a sum over leading ones, and for anything else. */
export function foldedColumns(value: StridedValue): number | undefined {
  if (value.work.kind !== 'fold') return undefined;
  const { axes } = value.work;
  const { shape } = value.operands[0].view;
  const firstFolded = Math.min(...axes.filter((axis) => shape[axis] !== 1));
  const isTrailing = shape.every((extent, axis) => extent === 1 || axis < firstFolded || axes.includes(axis));
  return isTrailing ? sizeOf(axes.map((axis) => shape[axis])) : undefined;
}

/** The operand is the value itself, element by element, whatever axes it is written with. */
export const isWhole = ({ view }: Operand, value: StridedValue): boolean =>
  sizeOf(view.shape) === sizeOf(value.shape) && isContiguous(view);

/** The operand repeats a row value along the columns of an index space: strides 0 over trailing axes, in order before. */
function repeatsRows(view: View, columns: number): boolean {
  let inner = 1;
  let axis = view.shape.length - 1;
  for (; axis >= 0 && inner < columns; axis--) {
    if (view.shape[axis] !== 1 && view.strides[axis] !== 0) return false;
    inner *= view.shape[axis];
  }
  if (inner !== columns) return false;
  return isContiguous({
    offset: view.offset,
    shape: view.shape.slice(0, axis + 1),
    strides: view.strides.slice(0, axis + 1),
  });
}

/**
 * Whether value n could read, in registers, its operands among `members`: element by element, or a row's value from
 * anywhere in the row. `isRow` says that n itself is one per row.
 */
function readsLegally(
  n: number,
  isRow: boolean,
  members: readonly number[],
  columns: number | undefined,
  values: readonly StridedValue[],
  roleOf: readonly (Role | undefined)[],
): boolean {
  return values[n].operands.every((operand) => {
    const source = values[operand.source];
    if (isFree(source) || !members.includes(operand.source)) return true;
    const role = roleOf[operand.source];
    // generated values read at fixed places, and a sum over rows is known only when all rows are done
    if (values[n].work.kind === 'generated' || role === 'rowSum') return false;
    if (role === 'full') return !isRow && isWhole(operand, source);
    return isRow ? isWhole(operand, source) : columns !== undefined && repeatsRows(operand.view, columns);
  });
}

/** Whether placed value n could read its operands among another group's members in registers. */
export const readableInRegisters = (
  n: number,
  members: readonly number[],
  columns: number | undefined,
  values: readonly StridedValue[],
  roleOf: readonly (Role | undefined)[],
): boolean => readsLegally(n, roleOf[n] === 'row', members, columns, values, roleOf);

/** The role that value n would have in a group, the columns that the group then has, and the axes that n brings; undefined where it does not fit. */
export function roleFor(
  group: Group,
  n: number,
  values: readonly StridedValue[],
  roleOf: readonly (Role | undefined)[],
): { readonly role: Role; readonly columns: number | undefined; readonly space: Shape } | undefined {
  const value = values[n];
  const isFold = value.work.kind === 'fold';
  const folded = foldedColumns(value);
  const columns = group.columns ?? folded;
  if (folded !== undefined && folded !== columns) return undefined;
  const space = spaceOf(value);
  const isRow = !isFold && columns !== undefined && columns > 1 && sizeOf(space) * columns === group.size;
  if (!isRow && sizeOf(space) !== group.size) return undefined;
  if (!readsLegally(n, isRow, group.members, columns, values, roleOf)) return undefined;
  const role: Role = isRow ? 'row' : !isFold ? 'full' : folded === undefined ? 'rowSum' : 'rowFold';
  return { role, columns, space: isRow && columns !== undefined ? [...space, columns] : space };
}
