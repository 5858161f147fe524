import { isFloat } from '../base/dtype.ts';
import { dtypeError, shapeError } from '../base/errors.ts';
import { formatShape, sameShape } from '../base/shape.ts';
import { mapTree, treeEntries, treeLeaves } from '../base/tree.ts';
import { add, identity, multiply } from '../operations/elementwise.ts';
import { sum } from '../operations/reductions.ts';
import { type DerivativeRule, withRule } from '../primitives/custom-rule.ts';
import { widened } from '../tensor/apply.ts';
import { scalar, zeros } from '../tensor/create.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Call } from '../tensor/primitive.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { pullBack } from './vjp.ts';
import { vmap } from './vmap.ts';

/** One subtree per argument; `null` where there is no derivative. */
type Cotangents<Arguments extends readonly unknown[]> = {
  readonly [Index in keyof Arguments]: Arguments[Index] | null;
};

/**
 * A function with a derivative of its own: where a formula is better than what the chain rule gives, or another
 * derivative is wanted (straight-through estimators, clipped or reversed gradients).
 *
 * @param f - from trees of tensors to a tree of tensors; pure, and without awaiting. What it captures gets no gradient
 * @param pull - `(cotangents, value, ...primals)` to one tree per argument, shaped like it; parts may be `null`. Written
 *   with tensor operations, it is differentiated again for higher orders
 * @returns a function of the same arguments and values
 * @throws {EinlabError} when differentiated: `shape` or `dtype` where `pull` gives something that does not fit an argument
 * @remarks Forward mode and `hvp` use the transpose of `pull`, which must be linear in the cotangents there. `pull` is
 *   called once for each f32 tensor of the value, with zeros for the others. Under `vmap` it can run after the mapped
 *   function has returned, so what it needs of an example must be among the arguments.
 * @example `customGradient((x: Tensor) => round(x), (cotangent) => [cotangent]) // straight through`
 */
export function customGradient<Arguments extends readonly unknown[], Output>(
  f: (...primals: Arguments) => Output,
  pull: (cotangents: Output, value: Output, ...primals: Arguments) => Cotangents<Arguments>,
): (...primals: Arguments) => Output {
  return (...primals) => {
    const value = f(...primals);
    const outputs = treeLeaves(value).filter(isTensor);
    const sources = treeLeaves(primals).filter(isTensor);

    /** The value, each f32 tensor of it behind its rule: from the tensors that f gave and the arguments' tensors. */
    const guarded = (given: readonly Tensor[]): Output => {
      let next = 0;
      return mapTree<Output>(value, (leaf) => {
        if (!isTensor(leaf)) return leaf;
        const position = next++;
        return isFloat(leaf.dtype) ? withRule([given[position], ...given], ruleOf(position)) : given[position];
      });
    };

    const vjpOf =
      (position: number): DerivativeRule['vjp'] =>
      ({ inputs: [, ...given] }, cotangent) => {
        let output = 0;
        const cotangents = mapTree<Output>(value, (leaf) => {
          if (!isTensor(leaf)) return leaf;
          return output++ === position ? cotangent : zeros(leaf.shape);
        });
        let source = outputs.length;
        const own = mapTree<Arguments>(primals, (leaf) => (isTensor(leaf) ? given[source++] : leaf));
        const pulled = pull(cotangents, guarded(given), ...own);
        // the tensors that f gave have no derivative: it is the rule's
        return [null, ...outputs.map(() => null), ...matched(own, pulled)];
      };

    const ruleOf = (position: number): DerivativeRule => {
      const vjp = vjpOf(position);
      const rule: DerivativeRule = {
        vjp,
        jvp: (call, tangents) => transposed(call.output, (seed) => vjp(call, seed), tangents),
        batch: (isBatched) => forExamples(rule, isBatched),
      };
      return rule;
    };
    return guarded([...outputs, ...sources]);
  };
}

/** The rule for each example of a batch; to what the examples share they contribute together. */
function forExamples(rule: DerivativeRule, isBatched: readonly boolean[]): DerivativeRule {
  const axes = isBatched.map((is) => (is ? 0 : null));
  const callOf = (inputs: readonly Tensor[]): Call<PrimitiveParameters['customRule']> => ({
    inputs,
    parameters: { rule },
    output: inputs[0],
  });
  const batched: DerivativeRule = {
    vjp: ({ inputs }, cotangent) => {
      const each = vmap((given: readonly Tensor[], seed: Tensor) => rule.vjp(callOf(given), seed), {
        inAxes: [axes, 0],
      });
      return each(inputs, cotangent).map((pulled, i) => (pulled === null || isBatched[i] ? pulled : sum(pulled, 0)));
    },
    jvp: ({ inputs }, tangents) =>
      vmap((given: readonly Tensor[], along: readonly (Tensor | null)[]) => rule.jvp(callOf(given), along), {
        inAxes: [axes, axes],
      })(inputs, tangents),
    batch: (outer) => forExamples(batched, outer),
  };
  return batched;
}

/** J·ẋ = ∂⟨Jᵀ·c, ẋ⟩/∂c, for any c where Jᵀ is linear. */
function transposed(
  output: Tensor,
  pull: (seed: Tensor) => readonly (Tensor | null)[],
  tangents: readonly (Tensor | null)[],
): Tensor | null {
  const seed = identity(zeros(output.shape));
  const products = pull(seed).flatMap((pulled, i) => {
    const tangent = tangents[i];
    return pulled === null || tangent === null ? [] : [sum(multiply(pulled, tangent))];
  });
  if (products.length === 0) return null;
  return pullBack([products.reduce(add)], [scalar(1)], [seed])[0];
}

/** What the user's rule gave for each tensor of the arguments, in order. */
function matched(primals: readonly unknown[], pulled: unknown): (Tensor | null)[] {
  if (!Array.isArray(pulled)) {
    const found = isTensor(pulled) ? 'a tensor' : pulled === null ? 'null' : typeof pulled;
    throw dtypeError(`customGradient: the rule returned ${found}; expected an array with one tree per argument`, {});
  }
  const given = new Map(treeEntries(pulled));
  return treeEntries(primals).flatMap(([path, leaf]) => {
    if (!isTensor(leaf)) return [];
    const cotangent = given.get(path);
    if (!isFloat(leaf.dtype) || cotangent === undefined) return [null];
    if (isTensor(cotangent) && isFloat(cotangent.dtype) && sameShape(cotangent.shape, leaf.shape))
      return [widened(cotangent)];
    const found = isTensor(cotangent) ? `${cotangent.dtype}${formatShape(cotangent.shape)}` : typeof cotangent;
    throw shapeError(
      `customGradient: the rule's derivative in argument "${path}" is ${found}; expected f32${formatShape(leaf.shape)}, as the argument, or null`,
      { path, expected: leaf.shape },
    );
  });
}
