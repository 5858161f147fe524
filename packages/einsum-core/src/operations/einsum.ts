import { assertType } from '../base/assert-type.ts';
import { FLOATING } from '../base/dtype.ts';
import { isBranch } from '../base/tree.ts';
import { type PlanOptions, plannedPath } from '../plan/planned-path.ts';
import { apply, widened } from '../tensor/apply.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { multiply } from './elementwise.ts';

/** A tensor with a number for each of its axes; equal numbers in a pair of operands are one axis of the einsum. */
export interface LabelledTensor {
  readonly tensor: Tensor;
  readonly axes: readonly number[];
}

/** Axis numbers 0, 1, … in order of appearance, so that equal contractions have equal parameters whatever names were used. */
function renumber(
  operands: readonly (readonly number[])[],
  output: readonly number[],
  sizeOfAxis: (axis: number) => number,
): {
  operands: number[][];
  output: number[];
  sizes: number[];
} {
  const ids = new Map<number, number>();
  const sizes: number[] = [];
  const number = (axis: number): number => {
    const known = ids.get(axis);
    if (known !== undefined) return known;
    ids.set(axis, sizes.length);
    return sizes.push(sizeOfAxis(axis)) - 1;
  };
  return { operands: operands.map((axes) => axes.map(number)), output: output.map(number), sizes };
}

function unary(x: LabelledTensor, output: readonly number[]): LabelledTensor {
  if (output.length === x.axes.length && output.every((axis, i) => axis === x.axes[i])) return x;
  const parameters = renumber([x.axes], output, (axis) => x.tensor.shape[x.axes.indexOf(axis)]);
  return { tensor: apply('einsum', [x.tensor], parameters), axes: output };
}

/** Axes of size 1 that broadcasting under `...` marked with −1 are dropped. */
function dropSqueezed(x: LabelledTensor): LabelledTensor {
  if (!x.axes.includes(-1)) return x;
  const kept = x.axes.map((_, i) => i).filter((i) => x.axes[i] !== -1);
  return {
    tensor: apply('reshape', [x.tensor], { shape: kept.map((i) => x.tensor.shape[i]) }),
    axes: kept.map((i) => x.axes[i]),
  };
}

/** Diagonals taken, and axes that neither the other operand nor the output has summed away. */
function reduceOwn(x: LabelledTensor, needed: readonly number[]): LabelledTensor {
  const kept = [...new Set(x.axes)].filter((axis) => needed.includes(axis));
  return unary(x, kept);
}

/**
 * One pairwise contraction: out[output] = Σ left · right over the axes that `output` lacks.
 * Every axis of `output` must be in an operand.
 */
export function contractPair(left: LabelledTensor, right: LabelledTensor, output: readonly number[]): LabelledTensor {
  const a = reduceOwn(left, [...right.axes, ...output]);
  const b = reduceOwn(right, [...left.axes, ...output]);
  if (a.axes.length === 0 || b.axes.length === 0) {
    const [many, one] = a.axes.length === 0 ? [b, a] : [a, b];
    return unary({ tensor: multiply(many.tensor, one.tensor), axes: many.axes }, output);
  }
  const sizeOfAxis = (axis: number): number =>
    a.axes.includes(axis) ? a.tensor.shape[a.axes.indexOf(axis)] : b.tensor.shape[b.axes.indexOf(axis)];
  return {
    tensor: apply('einsum', [a.tensor, b.tensor], renumber([a.axes, b.axes], output, sizeOfAxis)),
    axes: output,
  };
}

/** Size-1 axes that only broadcasting brought into the output. */
function withMissingAxes(x: LabelledTensor, output: readonly number[], sizes: readonly number[]): Tensor {
  const present = output.filter((axis) => x.axes.includes(axis));
  const ordered = unary(x, present).tensor;
  if (present.length === output.length) return ordered;
  return apply('broadcast', [ordered], {
    shape: output.map((axis) => sizes[axis]),
    axes: present.map((axis) => output.indexOf(axis)),
  });
}

/**
 * Sums of products over named axes: the linear primitive of the engine. Matrix products, transposes, traces, outer
 * products, diagonals and sums are patterns of it.
 *
 *   einsum('batch in, in out -> batch out', x, w)[b, o] = Σ_i x[b, i] · w[i, o]
 *
 * @param pattern - names separated by spaces (`batch in, in out -> batch out`) or one letter each (`bi,io->bo`); `...`,
 *   repeated names within an operand (a diagonal), names summed away, scalars, and implicit output as in NumPy
 * @param operands - `f32` tensors (`f16` and `bf16` are read as such), optionally followed by options of the planner
 * @returns the axes after `->`, in that order
 * @throws {EinlabError} `pattern` with a caret, or `shape` naming the axis and both sizes
 * @remarks Three and more operands are contracted pairwise in the order that `planEinsum` finds cheapest. Error ≤ n·u/(1 − n·u)·Σ|products|
 *   with n the number of terms of a sum and u = 2⁻²⁴.
 * @example `einsum('bi,io->bo', x, w)`
 */
export function einsum(pattern: string, ...operands: readonly (Tensor | PlanOptions)[]): Tensor {
  const last = operands.at(-1);
  const hasOptions = isBranch(last) && !Array.isArray(last);
  const tensors = (hasOptions ? operands.slice(0, -1) : operands).map((operand, i) => {
    const tensor = operand as Tensor; // which is checked here
    assertType(`einsum: operand ${i + 1} is`, tensor, FLOATING);
    return widened(tensor);
  });
  const { bound, steps } = plannedPath(
    pattern,
    tensors.map((tensor) => tensor.shape),
    hasOptions ? (last as PlanOptions) : {},
  );
  const live: LabelledTensor[] = tensors.map((tensor, i) => dropSqueezed({ tensor, axes: bound.operands[i] }));
  for (const step of steps) {
    const [left, right] = step.operands.map((id) => live[id]);
    const present = step.output.filter((axis) => left.axes.includes(axis) || right?.axes.includes(axis) === true);
    live.push(right === undefined ? unary(left, present) : contractPair(left, right, present));
  }
  return withMissingAxes(live[live.length - 1], bound.output, bound.sizes);
}
