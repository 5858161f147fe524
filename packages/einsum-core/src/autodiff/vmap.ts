import { axisOf } from '../base/axes.ts';
import { optionError, shapeError } from '../base/errors.ts';
import { formatShape } from '../base/shape.ts';
import { treeLeaves, unflattenLike } from '../base/tree.ts';
import { moveAxis } from '../operations/shape.ts';
import { batched, forEach } from '../primitives/batching-rules.ts';
import { apply } from '../tensor/apply.ts';
import { isTensor, Tensor } from '../tensor/tensor.ts';
import { topologicalOrder } from '../tensor/topological-order.ts';
import { type BatchAxes, type PlacedLeaf, placeAxes } from './batch-axes.ts';

/** Which axes the examples lie along. */
export interface VmapOptions {
  /** Of the arguments: one axis for all, a list with one entry per argument, or trees. `null` is the same for every example. Default 0. */
  readonly inAxes?: BatchAxes;
  /** Of the result: one axis for all of it, or a tree. `null` is for what does not differ between examples. Default 0. */
  readonly outAxes?: BatchAxes;
}

/**
 * A function of one example as a function of a batch of them: the same as calling it in a loop over slices of the arguments and
 * stacking the results, but with each operation done once, for all examples.
 *
 * @param f - from trees of tensors to a tree of tensors; pure, and without awaiting. It is called once, and sees tensors
 *   without the batch's axis
 * @returns a function of the same arguments with one more axis where `inAxes` has a number, whose results have one more
 *   where `outAxes` has; results that no example changes are repeated. It can be differentiated, compiled and mapped again
 * @throws {EinlabError} `shape` where arguments have different numbers of examples or not the axis, `option` where the
 *   axes do not fit the trees or nothing is mapped
 * @example `vmap(grad(loss), { inAxes: [null, 0, 0] })(weights, x, y) // a gradient per example`
 */
export function vmap<Arguments extends readonly unknown[], Output>(
  f: (...primals: Arguments) => Output,
  options: VmapOptions = {},
): (...primals: Arguments) => Output {
  const { inAxes = 0, outAxes = 0 } = options;
  return (...primals) => {
    const places = placeAxes(inAxes, primals, 'inAxes');
    const size = batchSize(places);
    const batch: Batch = { copies: new Map(), varying: new Set() };
    const examples = places.map(({ leaf, axis }) => {
      if (!isTensor(leaf) || axis === null) return leaf;
      const all = moveAxis(leaf, axisOf(axis, leaf.rank, 'vmap'), 0);
      const one = new Tensor(all.shape.slice(1), all.dtype, { kind: 'argument' });
      batch.copies.set(one, all);
      batch.varying.add(one);
      return one;
    });
    const value = f(...unflattenLike<Arguments>(primals, examples));
    batchDependents(treeLeaves(value).filter(isTensor), batch, size);
    const results = placeAxes(outAxes, value, 'outAxes').map(({ leaf, axis, where }) => {
      if (!isTensor(leaf)) return leaf;
      const own = batch.copies.get(leaf) ?? leaf;
      const isVarying = batch.varying.has(leaf);
      if (axis !== null) return moveAxis(isVarying ? own : forEach(own, size), 0, axisOf(axis, leaf.rank + 1, 'vmap'));
      if (!isVarying) return own;
      throw optionError(`vmap: outAxes is null for ${where}, which differs between examples; expected an axis`, {
        where,
      });
    });
    return unflattenLike<Output>(value, results);
  };
}

/** What stands in the batch for the tensors that one example has. */
interface Batch {
  readonly copies: Map<Tensor, Tensor>;
  /** Those whose copies have the examples along the first axis; the other copies are the same for all. */
  readonly varying: Set<Tensor>;
}

/** Adds what the outputs compute from the batch: each primitive once, by its rule. */
function batchDependents(outputs: readonly Tensor[], { copies, varying }: Batch, size: number): void {
  for (const node of topologicalOrder(outputs)) {
    if (node.origin.kind !== 'operation') continue;
    const { name, inputs, parameters } = node.origin;
    if (!inputs.some((input) => copies.has(input))) continue;
    const own = inputs.map((input) => copies.get(input) ?? input);
    const isBatched = inputs.map((input) => varying.has(input));
    const result = isBatched.includes(true)
      ? batched(name, { inputs: own, isBatched, size, parameters })
      : { shared: apply(name, own, parameters as never) };
    copies.set(node, isTensor(result) ? result : result.shared);
    if (isTensor(result)) varying.add(node);
  }
}

/** The number of examples that all mapped tensors have. */
function batchSize(places: readonly PlacedLeaf[]): number {
  const found = places.flatMap(({ leaf, axis, where }) => {
    if (!isTensor(leaf) || axis === null) return [];
    const type = `${leaf.dtype}${formatShape(leaf.shape)}`;
    const size = leaf.shape.at(axis);
    if (size !== undefined) return [{ where, size, text: `along axis ${axis} of ${type}` }];
    throw shapeError(
      `vmap: ${where} is ${type} and has no axis ${axis}; expected another axis, or null where it is the same for every example`,
      { where, shape: leaf.shape, axis },
    );
  });
  if (found.length === 0)
    throw optionError('vmap: no tensor of the arguments is mapped; expected an axis for at least one');
  const [first] = found;
  const other = found.find(({ size }) => size !== first.size);
  if (other === undefined) return first.size;
  throw shapeError(
    `vmap: ${first.where} has ${first.size} examples (${first.text}), but ${other.where} has ${other.size} (${other.text}); expected the same number`,
    { sizes: [first.size, other.size], where: [first.where, other.where] },
  );
}
