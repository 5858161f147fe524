import type { ContractionAxis, ContractionKernel } from '../kernels/contraction.ts';
import type { KernelCall } from '../kernels/kernel.ts';
import { contiguousView } from '../kernels/view.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Operand } from './strided-graph.ts';

type Parameters = PrimitiveParameters['einsum'];

/** Strides of both operands, as their axes stand in the pattern. */
export type OperandStrides = readonly [left: readonly number[], right: readonly number[]];

/** The axes of a two-operand einsum by what they are, each named by its number in the pattern. */
export interface AxisGroups {
  readonly batch: readonly number[];
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  readonly contracted: readonly number[];
}

/** Which axes are shared, free in one operand, or summed over. */
export function axisGroups({ operands: [left, right], output }: Parameters): AxisGroups {
  const inBoth = (axis: number): boolean => left.includes(axis) && right.includes(axis);
  return {
    batch: output.filter(inBoth),
    rows: output.filter((axis) => left.includes(axis) && !inBoth(axis)),
    columns: output.filter((axis) => !left.includes(axis)),
    contracted: left.filter((axis) => !output.includes(axis)),
  };
}

/** An axis of a two-operand einsum, with its strides in all three tensors; the result is row-major. */
export function contractionAxis(
  { operands, output, sizes }: Parameters,
  strides: OperandStrides,
): (axis: number) => ContractionAxis {
  const outStrides = contiguousView(output.map((axis) => sizes[axis])).strides;
  const strideIn = (axes: readonly number[], own: readonly number[], axis: number): number => {
    const at = axes.indexOf(axis);
    return at < 0 ? 0 : own[at];
  };
  return (axis) => ({
    size: sizes[axis],
    left: strideIn(operands[0], strides[0], axis),
    right: strideIn(operands[1], strides[1], axis),
    out: strideIn(output, outStrides, axis),
  });
}

/** A two-operand einsum as a strided contraction: operands are read where they lie, whatever their layout. */
export function contractionCall(
  parameters: Parameters,
  [left, right]: readonly Operand[],
  [leftBuffer, rightBuffer, out]: readonly [number, number, number],
): KernelCall {
  const describe = contractionAxis(parameters, [left.view.strides, right.view.strides]);
  const { batch, rows, columns, contracted } = axisGroups(parameters);
  const contraction: ContractionKernel = {
    kind: 'contraction',
    batch: batch.map(describe),
    rows: rows.map(describe),
    columns: columns.map(describe),
    contracted: contracted.map(describe),
  };
  return {
    kernel: { kind: 'contract', contraction, offsets: [left.view.offset, right.view.offset] },
    reads: [leftBuffer, rightBuffer],
    writes: [out],
  };
}
