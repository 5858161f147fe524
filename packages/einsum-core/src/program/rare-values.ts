import type { DType } from '../base/dtype.ts';
import { sizeOf } from '../base/shape.ts';
import { constant, type Expression, indexAlong, load } from '../kernels/expression.ts';
import type { Access, FoldOperation, KernelCall, LoopKernel, Store } from '../kernels/kernel.ts';
import { contiguousView, type View } from '../kernels/view.ts';
import { loweringOf } from '../primitives/lowerings/index.ts';
import { isFree } from './group-roles.ts';
import { mergeLoopAxes } from './merge-loop-axes.ts';
import type { StridedGraph, StridedValue } from './strided-graph.ts';

/** The kernels of a value that is in no group, no contraction and no kernel of its own: boxes, folds of nothing, coordinates. */
export function lowerRareValue({ values }: StridedGraph, n: number, bufferOf: readonly number[]): KernelCall[] {
  const value = values[n];
  const out = bufferOf[n];
  switch (value.work.kind) {
    case 'boxes': {
      const lowering = loweringOf(value.work.name);
      if (lowering.kind !== 'boxes') return [];
      const { background, starts } = lowering.boxes(
        value.operands.map(({ view, source }) => ({ shape: view.shape, dtype: values[source].dtype })),
        value.work.parameters,
        value,
      );
      const strides = contiguousView(value.shape).strides;
      const fill =
        background === undefined ? [] : [fillKernel(sizeOf(value.shape), constant(background, value.dtype), out)];
      const copies = value.operands.flatMap((operand, i) => {
        if (sizeOf(operand.view.shape) === 0) return [];
        const offset = starts[i].reduce((total, start, axis) => total + start * strides[axis], 0);
        return [
          copyKernel(
            operand.view,
            { shape: operand.view.shape, offset, strides },
            value.dtype,
            bufferOf[operand.source],
            out,
          ),
        ];
      });
      return [...fill, ...copies];
    }
    case 'fold':
      // a fold of nothing: its neutral element everywhere
      return [fillKernel(sizeOf(value.shape), neutralOf(value.work.operation, value.dtype), out)];
    default:
      return isFree(value) ? [generatedKernel(value, out)] : [];
  }
}

/** What an empty fold gives: 0, −∞ or ∞ (for integers the smallest or largest). */
function neutralOf(operation: FoldOperation, dtype: DType): ReturnType<typeof constant> {
  if (operation === 'sum') return constant(0, dtype);
  const sign = operation === 'minimum' ? 1 : -1;
  if (dtype === 'f32') return constant(sign * Number.POSITIVE_INFINITY);
  return constant(sign < 0 ? -(2 ** 31) : 2 ** 31 - 1, dtype);
}

/** out = value everywhere. */
function fillKernel(size: number, value: Expression, out: number): KernelCall {
  const stores: Store[] = [{ buffer: 0, dtype: value.type, offset: 0, strides: [1], value, accumulate: false }];
  return { kernel: { kind: 'loop', axes: [size], rowRank: 0, loads: [], folds: [], stores }, reads: [], writes: [out] };
}

/** A box copied from one place to another. */
export function copyKernel(from: View, to: View, dtype: DType, source: number, out: number): KernelCall {
  const loads: Access[] = [{ buffer: 0, dtype, offset: from.offset, strides: from.strides }];
  const stores: Store[] = [
    { buffer: 1, dtype, offset: to.offset, strides: to.strides, value: load(0, dtype), accumulate: false },
  ];
  const kernel: LoopKernel = { kind: 'loop', axes: from.shape, rowRank: 0, loads, folds: [], stores };
  return { kernel: mergeLoopAxes(kernel), reads: [source], writes: [out] };
}

/** Coordinates or a constant written out, where something reads them through strides. */
function generatedKernel(value: StridedValue, out: number): KernelCall {
  if (value.work.kind !== 'generated') throw new RangeError(`loops: ${value.work.kind} is not generated`);
  const lowering = loweringOf(value.work.name);
  if (lowering.kind !== 'generated') throw new RangeError(`loops: ${value.work.name} has no expression`);
  const expression = lowering.expression(indexAlong, () => constant(0), value.work.parameters, value);
  const stores: Store[] = [
    {
      buffer: 0,
      dtype: value.dtype,
      offset: 0,
      strides: contiguousView(value.shape).strides,
      value: expression,
      accumulate: false,
    },
  ];
  return {
    kernel: mergeLoopAxes({ kind: 'loop', axes: value.shape, rowRank: 0, loads: [], folds: [], stores }),
    reads: [],
    writes: [out],
  };
}
