import type { ContractionAxis, ContractionKernel } from '../kernels/contraction.ts';
import type { KernelCall } from '../kernels/kernel.ts';
import { contiguousView } from '../kernels/view.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Operand } from './strided-graph.ts';

/** A two-operand einsum as a strided contraction: operands are read where they lie, whatever their layout. */
export function contractionCall(
  { operands: [leftAxes, rightAxes], output, sizes }: PrimitiveParameters['einsum'],
  [left, right]: readonly Operand[],
  [leftBuffer, rightBuffer, out]: readonly [number, number, number],
): KernelCall {
  const outStrides = contiguousView(output.map((axis) => sizes[axis])).strides;
  const strideIn = (axes: readonly number[], strides: readonly number[], axis: number): number => {
    const at = axes.indexOf(axis);
    return at < 0 ? 0 : strides[at];
  };
  const describe = (axis: number): ContractionAxis => ({
    size: sizes[axis],
    left: strideIn(leftAxes, left.view.strides, axis),
    right: strideIn(rightAxes, right.view.strides, axis),
    out: strideIn(output, outStrides, axis),
  });
  const inBoth = (axis: number): boolean => leftAxes.includes(axis) && rightAxes.includes(axis);
  const contraction: ContractionKernel = {
    kind: 'contraction',
    batch: output.filter(inBoth).map(describe),
    rows: output.filter((axis) => leftAxes.includes(axis) && !inBoth(axis)).map(describe),
    columns: output.filter((axis) => !leftAxes.includes(axis)).map(describe),
    contracted: leftAxes.filter((axis) => !output.includes(axis)).map(describe),
  };
  return {
    kernel: { kind: 'contract', contraction, offsets: [left.view.offset, right.view.offset] },
    reads: [leftBuffer, rightBuffer],
    writes: [out],
  };
}
