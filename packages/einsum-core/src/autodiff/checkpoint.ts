import { isFloat } from '../base/dtype.ts';
import { mapTree } from '../base/tree.ts';
import { identity } from '../operations/elementwise.ts';
import { type DerivativeRule, withRule } from '../primitives/custom-rule.ts';
import { apply } from '../tensor/apply.ts';
import { scalar } from '../tensor/create.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { dependentOn, topologicalOrder } from '../tensor/topological-order.ts';
import { pullBack } from './vjp.ts';

/**
 * The same function, whose intermediate results are computed again for the derivative instead of being kept until then:
 * less memory for more work. Values and derivatives of any order are those of `f`.
 *
 * @param f - from trees of tensors to a tree of tensors; pure, and without awaiting. What it captures is differentiated
 *   too, but only what depends on its arguments is computed again
 * @remarks Reverse mode computes `f` once more for each tensor of its value, at the time when the derivative reaches it.
 *   Forward mode is unaffected. Of a chain of n equal steps, √n checkpoints of √n steps each keep 2√n results instead of n.
 * @see Chen, Xu, Zhang, Guestrin 2016, Training deep nets with sublinear memory cost.
 */
export function checkpoint<Arguments extends readonly unknown[], Output>(
  f: (...primals: Arguments) => Output,
): (...primals: Arguments) => Output {
  return (...primals) => {
    const handles: Tensor[] = [];
    const wrapped = mapTree<Arguments>(primals, (leaf) => {
      if (!isTensor(leaf)) return leaf;
      const handle = identity(leaf);
      handles.push(handle);
      return handle;
    });
    return mapTree<Output>(f(...wrapped), (leaf) => (isTensor(leaf) ? recomputed(leaf, handles) : leaf));
  };
}

/** The value behind a rule that computes it anew from the handles. */
function recomputed(value: Tensor, handles: readonly Tensor[]): Tensor {
  const order = topologicalOrder([value], new Set(handles));
  const dependent = dependentOn(order, handles);
  if (!isFloat(value.dtype) || value.origin.kind !== 'operation' || !dependent.has(value)) return value;
  const sources = [...handles, ...capturedBy(order, dependent)];
  return withRule([value, ...sources], ruleFor(handles.length));
}

/** The floating tensors that the dependent ones are computed from besides, where they are not constants. */
function capturedBy(order: readonly Tensor[], dependent: ReadonlySet<Tensor>): Set<Tensor> {
  const constants = new Set<Tensor>();
  const captured = new Set<Tensor>();
  for (const node of order) {
    if (node.origin.kind !== 'operation') continue;
    const { inputs } = node.origin;
    if (!dependent.has(node)) {
      if (inputs.every((input) => constants.has(input))) constants.add(node);
    } else if (!inputs.some((input) => dependent.has(input))) {
      // a handle: what it stands for is outside
    } else {
      for (const input of inputs) {
        if (isFloat(input.dtype) && !dependent.has(input) && !constants.has(input)) captured.add(input);
      }
    }
  }
  return captured;
}

/** Inputs are the value, `count` arguments behind handles, and what was captured. */
const ruleFor = (count: number): DerivativeRule => ({
  // all examples are computed again from what they were computed from, as one is
  batch: () => ruleFor(count),
  vjp({ inputs: [value, ...sources] }, cotangent) {
    const first = firstOf(cotangent);
    // Captured tensors too get a handle of their own, so that one computed from another passes nothing on to it here.
    const fresh = sources.map((source, i) =>
      i < count
        ? apply('barrier', [source, apply('broadcast', [first], { shape: source.shape, axes: [] })], {})
        : identity(source),
    );
    const again = replayed(value, sources, sources.slice(0, count), fresh);
    const variables = fresh.filter(({ dtype }) => isFloat(dtype));
    const pulled = pullBack([again], [cotangent], variables);
    let next = 0;
    return [null, ...fresh.map(({ dtype }) => (isFloat(dtype) ? pulled[next++] : null))];
  },
  // the tangent has come through the function itself
  jvp: (_call, [tangent]) => tangent,
});

/** Any element: what waits for it waits for the whole tensor. */
function firstOf(x: Tensor): Tensor {
  if (x.size === 0) return scalar(0);
  const ones = x.shape.map(() => 1);
  const corner = apply('slice', [x], { starts: x.shape.map(() => 0), sizes: ones, steps: ones });
  return apply('reshape', [corner], { shape: [] });
}

/** `value` computed from `fresh` tensors in the place of `sources`, as far as it depends on `moving` ones. */
function replayed(
  value: Tensor,
  sources: readonly Tensor[],
  moving: readonly Tensor[],
  fresh: readonly Tensor[],
): Tensor {
  const copies = new Map(sources.map((source, i) => [source, fresh[i]]));
  const order = topologicalOrder([value], new Set(sources));
  const dependent = dependentOn(order, moving);
  for (const node of order) {
    if (copies.has(node) || node.origin.kind !== 'operation' || !dependent.has(node)) continue;
    const { name, inputs, parameters } = node.origin;
    copies.set(
      node,
      apply(
        name,
        inputs.map((input) => copies.get(input) ?? input),
        parameters as never,
      ),
    );
  }
  return copies.get(value) ?? value;
}
