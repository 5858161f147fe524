import { isFloat } from '../base/dtype.ts';
import { shapeError } from '../base/errors.ts';
import { formatShape, sameShape } from '../base/shape.ts';
import { mapTree, treeEntries } from '../base/tree.ts';
import { add } from '../operations/elementwise.ts';
import { primitiveNamed, widened } from '../tensor/apply.ts';
import { zeros } from '../tensor/create.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { dependentOn, topologicalOrder } from '../tensor/topological-order.ts';
import { independent } from './differentiable.ts';

/**
 * Cotangents of `sources` from cotangents of `outputs`: reverse accumulation, graph to graph.
 *
 *   x̄ = Σ over uses of x of (∂use/∂x)ᵀ · (cotangent of the use)
 *
 * Cotangents are f32, whatever 16-bit type values are stored in. No source may be computed from another; fresh handles
 * never are.
 */
export function pullBack(
  outputs: readonly Tensor[],
  cotangents: readonly Tensor[],
  sources: readonly Tensor[],
): Tensor[] {
  const order = topologicalOrder(outputs, new Set(sources));
  const relevant = dependentOn(order, sources);
  const accumulated = new Map<Tensor, Tensor>();
  const accumulate = (node: Tensor, cotangent: Tensor): void => {
    const known = accumulated.get(node);
    accumulated.set(node, known === undefined ? cotangent : add(known, cotangent));
  };
  outputs.forEach((output, i) => {
    if (relevant.has(output)) accumulate(output, cotangents[i]);
  });
  for (const node of order.reverse()) {
    const cotangent = accumulated.get(node);
    if (cotangent === undefined || node.origin.kind !== 'operation') continue;
    const { name, inputs, parameters } = node.origin;
    if (!inputs.some((input) => relevant.has(input))) continue;
    const contributions = primitiveNamed(name).vjp({ inputs, parameters, output: node }, cotangent);
    contributions.forEach((contribution, i) => {
      if (contribution !== null && relevant.has(inputs[i])) accumulate(inputs[i], contribution);
    });
  }
  return sources.map((source) => accumulated.get(source) ?? zeros(source.shape));
}

/**
 * A function's value and its vector–Jacobian product: `pull(cotangents)` gives ⟨cotangents, ∂f⟩ per argument.
 *
 * @param f - from trees of tensors to a tree of tensors; pure, and without awaiting
 * @param primals - the arguments
 * @returns `[value, pull]`; `pull` takes a tree shaped like the value and returns one tree per argument
 */
export function vjp<Arguments extends readonly unknown[], Output>(
  f: (...primals: Arguments) => Output,
  ...primals: Arguments
): [value: Output, pull: (cotangents: Output) => Arguments] {
  const wrapped = primals.map((primal) => independent(primal));
  const value = f(...(wrapped.map(({ argument }) => argument) as unknown as Arguments));
  const outputs = treeEntries(value).filter(isTensorEntry);
  const pull = (cotangents: Output): Arguments => {
    const given = new Map(treeEntries(cotangents));
    const seeds = outputs.map(([path, output]) => {
      const seed = given.get(path);
      if (isTensor(seed) && isFloat(seed.dtype) && sameShape(seed.shape, output.shape)) return widened(seed);
      const found = isTensor(seed)
        ? `${seed.dtype}${formatShape(seed.shape)}`
        : seed === undefined
          ? 'missing'
          : typeof seed;
      throw shapeError(
        `vjp: the cotangent of ${path === '' ? 'the result' : `"${path}"`} is ${found}; expected f32${formatShape(output.shape)}`,
        { path },
      );
    });
    const handles = wrapped.flatMap((w) => w.handles);
    return gather(
      primals,
      pullBack(
        outputs.map(([, output]) => output),
        seeds,
        handles,
      ),
    );
  };
  return [value, pull];
}

const isTensorEntry = (entry: [path: string, leaf: unknown]): entry is [string, Tensor] => isTensor(entry[1]);

/** Cotangents back in the arguments' trees; leaves without derivatives become f32 zeros of their shape. */
function gather<Arguments extends readonly unknown[]>(primals: Arguments, cotangents: readonly Tensor[]): Arguments {
  let next = 0;
  return mapTree<Arguments>(primals, (leaf) => {
    if (!isTensor(leaf)) return leaf;
    return isFloat(leaf.dtype) ? cotangents[next++] : zeros(leaf.shape);
  });
}
