import { sizeOf } from '../base/shape.ts';
import { isContiguous } from '../kernels/view.ts';
import { isFree } from './group-roles.ts';
import type { Operand, StridedValue } from './strided-graph.ts';

/** A free operand that an expression can state: a constant anywhere, a coordinate where the operand is whole. */
export function isInlined(operand: Operand, source: StridedValue): boolean {
  if (!isFree(source)) return false;
  const isConstant = source.work.kind === 'generated' && source.work.name === 'constant';
  return isConstant || (sizeOf(operand.view.shape) === sizeOf(source.shape) && isContiguous(operand.view));
}
