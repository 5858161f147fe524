import { sizeOf } from '../base/shape.ts';
import { isContiguous } from '../kernels/view.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import { isFree } from './group-roles.ts';
import type { Operand, StridedValue } from './strided-graph.ts';

/**
 * A free operand that the reader's expression can state: a constant anywhere, a coordinate where the operand is whole, and
 * in `equal` also a list 0, 1, 2, … along one axis: what is compared with coordinates is a label, and a loop that knows
 * so looks at one element of a row.
 */
export function isInlined(operand: Operand, source: StridedValue, reader: StridedValue): boolean {
  if (!isFree(source)) return false;
  const isConstant = source.work.kind === 'generated' && source.work.name === 'constant';
  return (
    isConstant ||
    (sizeOf(operand.view.shape) === sizeOf(source.shape) && isContiguous(operand.view)) ||
    (reader.work.kind === 'elementwise' && reader.work.name === 'equal' && isCounting(operand, source))
  );
}

/** Whether an operand is the coordinate along one axis: all of a list of coordinates, repeated along the other axes. */
export function isCounting({ view }: Operand, source: StridedValue): boolean {
  if (source.work.kind !== 'generated' || source.work.name !== 'iota' || view.offset !== 0) return false;
  const moving = view.strides.flatMap((stride, axis) => (stride !== 0 && view.shape[axis] !== 1 ? [axis] : []));
  const [axis] = moving;
  const { axis: counted } = source.work.parameters as PrimitiveParameters['iota'];
  const isList = source.shape.every((size, own) => size === 1 || own === counted);
  return isList && moving.length === 1 && view.strides[axis] === 1 && view.shape[axis] === sizeOf(source.shape);
}
