import type { DType } from '../base/dtype.ts';
import { sizeOf, type Shape } from '../base/shape.ts';
import type { FoldOperation, Kernel } from '../kernels/kernel.ts';
import { contiguousView, type View } from '../kernels/view.ts';
import { loweringOf } from '../primitives/lowerings/index.ts';
import type { PrimitiveName, PrimitiveParameters } from '../tensor/parameters.ts';
import type { Graph } from './graph.ts';

/** A value as an operand: a stored or computed value, seen through strides. `view.shape` is the operand's shape. */
export interface Operand {
  /** Position of the value in the list. */
  readonly source: number;
  readonly view: View;
}

/** How a value comes about once transposes, reshapes, slices and repeats have become strides. */
export type Work =
  | { readonly kind: 'input'; readonly position: number }
  | { readonly kind: 'elementwise' | 'generated' | 'boxes'; readonly name: PrimitiveName; readonly parameters: unknown }
  /** A fold over `axes` of the one operand; the others stay, in order. */
  | { readonly kind: 'fold'; readonly operation: FoldOperation; readonly axes: readonly number[] }
  | { readonly kind: 'contraction'; readonly parameters: PrimitiveParameters['einsum'] }
  /** A kernel of its own, which reads whole operands in row-major order. */
  | { readonly kind: 'kernel'; readonly kernel: Kernel };

/** A value with its own row-major memory (if it needs any). */
export interface StridedValue {
  readonly work: Work;
  readonly operands: readonly Operand[];
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A graph without views: what is left is work. */
export interface StridedGraph {
  readonly values: readonly StridedValue[];
  readonly inputCount: number;
  readonly outputs: readonly Operand[];
}

/** Turns view primitives into strides; where strides cannot say a reshape, a copy is put in. */
export function toStridedGraph(graph: Graph): StridedGraph {
  const values: StridedValue[] = [];
  const seen: Operand[] = [];

  const push = (work: Work, operands: readonly Operand[], shape: Shape, dtype: DType): Operand => {
    values.push({ work, operands, shape, dtype });
    return { source: values.length - 1, view: contiguousView(shape) };
  };
  const copy = (operand: Operand): Operand =>
    push(
      { kind: 'elementwise', name: 'identity', parameters: {} },
      [operand],
      operand.view.shape,
      values[operand.source].dtype,
    );

  for (const node of graph.nodes) {
    if (node.kind === 'input') {
      seen.push(push({ kind: 'input', position: node.position }, [], node.shape, node.dtype));
      continue;
    }
    const operands = node.inputs.map((id) => seen[id]);
    const lowering = loweringOf(node.name);
    switch (lowering.kind) {
      case 'view': {
        const [operand] = operands;
        const view = lowering.view(operand.view, node.parameters, node);
        if (view !== undefined) seen.push({ source: operand.source, view });
        else {
          const copied = copy(operand);
          const reshaped = lowering.view(copied.view, node.parameters, node);
          seen.push({ source: copied.source, view: reshaped ?? contiguousView(node.shape) });
        }
        break;
      }
      case 'fold':
        seen.push(fold(lowering.operation, operands[0], lowering.axes(node.parameters), node.dtype, push));
        break;
      case 'einsum':
        seen.push(einsum(node.parameters as PrimitiveParameters['einsum'], operands, node, push));
        break;
      case 'kernel': {
        const types = node.inputs.map((id) => graph.nodes[id]);
        seen.push(
          push(
            { kind: 'kernel', kernel: lowering.kernel(types, node.parameters, node) },
            operands.map((operand) => contiguous(operand, values, copy)),
            node.shape,
            node.dtype,
          ),
        );
        break;
      }
      default:
        seen.push(
          push({ kind: lowering.kind, name: node.name, parameters: node.parameters }, operands, node.shape, node.dtype),
        );
    }
  }
  return {
    values,
    inputCount: graph.inputCount,
    outputs: graph.outputs.map((id) => contiguous(seen[id], values, copy)),
  };
}

type Push = (work: Work, operands: readonly Operand[], shape: Shape, dtype: DType) => Operand;

/** The operand itself where it is a whole value in order, else a copy that is. */
function contiguous(operand: Operand, values: readonly StridedValue[], copy: (operand: Operand) => Operand): Operand {
  const { view, source } = operand;
  const whole = view.offset === 0 && sizeOf(view.shape) === sizeOf(values[source].shape) && rowMajor(view);
  return whole ? { source, view: contiguousView(view.shape) } : copy(operand);
}

const rowMajor = (view: View): boolean => {
  let expected = 1;
  for (let axis = view.shape.length - 1; axis >= 0; axis--) {
    if (view.shape[axis] !== 1 && view.strides[axis] !== expected) return false;
    expected *= view.shape[axis];
  }
  return true;
};

/** The operand under another order of axes. */
function permuted(operand: Operand, order: readonly number[]): Operand {
  const { shape, strides, offset } = operand.view;
  return {
    source: operand.source,
    view: { shape: order.map((axis) => shape[axis]), strides: order.map((axis) => strides[axis]), offset },
  };
}

/**
 * A fold in the forms that loops have: over trailing axes (a row's columns), or, for sums, over leading ones while the
 * last stays (rows added up). A sum over both kinds is done in two; other folds put the folded axes last by strides.
 */
function fold(operation: FoldOperation, operand: Operand, axes: readonly number[], dtype: DType, push: Push): Operand {
  const { shape } = operand.view;
  const all = shape.map((_, axis) => axis);
  const kept = all.filter((axis) => !axes.includes(axis));
  const keptShape = kept.map((axis) => shape[axis]);
  const effective = axes.filter((axis) => shape[axis] !== 1);
  if (effective.length === 0) {
    // nothing to fold: the axes of size 1 are dropped from the view
    return permuted(operand, kept);
  }
  const lastKept = kept.filter((axis) => shape[axis] !== 1).at(-1) ?? -1;
  const trailing = effective.filter((axis) => axis > lastKept);
  if (trailing.length === effective.length || (operation === 'sum' && trailing.length === 0)) {
    return push({ kind: 'fold', operation, axes }, [operand], keptShape, dtype);
  }
  if (operation !== 'sum') {
    const reordered = permuted(operand, [...kept, ...axes]);
    return push({ kind: 'fold', operation, axes: axes.map((_, i) => kept.length + i) }, [reordered], keptShape, dtype);
  }
  const inner = fold('sum', operand, trailing, dtype, push);
  const remaining = all.filter((axis) => !trailing.includes(axis));
  return fold(
    'sum',
    inner,
    axes.filter((axis) => !trailing.includes(axis)).map((axis) => remaining.indexOf(axis)),
    dtype,
    push,
  );
}

function einsum(
  parameters: PrimitiveParameters['einsum'],
  operands: readonly Operand[],
  { shape, dtype }: { readonly shape: Shape; readonly dtype: DType },
  push: Push,
): Operand {
  if (operands.length === 2) return push({ kind: 'contraction', parameters }, operands, shape, dtype);
  const [axes] = parameters.operands;
  const [{ source, view }] = operands;
  // a repeated axis walks the diagonal: its strides add up
  const distinct = [...new Set(axes)];
  const strides = distinct.map((axis) =>
    axes.reduce((total, other, i) => (other === axis ? total + view.strides[i] : total), 0),
  );
  const diagonal: Operand = {
    source,
    view: { shape: distinct.map((axis) => parameters.sizes[axis]), strides, offset: view.offset },
  };
  const summed = distinct.map((_, i) => i).filter((i) => !parameters.output.includes(distinct[i]));
  const kept = distinct.filter((axis) => parameters.output.includes(axis));
  const reduced = summed.length === 0 ? diagonal : fold('sum', diagonal, summed, dtype, push);
  return permuted(
    reduced,
    parameters.output.map((axis) => kept.indexOf(axis)),
  );
}
