import { EinlabError, isTensor, mapTree, random, type Tensor, take, tensor, treeEntries } from '@einlab/einsum-core';

/** How many examples make a batch. */
export interface BatchOptions {
  readonly batch: number;
}

/**
 * Batches of a data set in an order that is drawn anew for every epoch, in which each example comes at most once. What does not fill
 * a batch is left to the next epoch, so that all batches have one shape. The batch of a step depends on the key and the step alone.
 *
 * @param data - a tree of tensors `[example, ...]` with the same number of examples
 * @param key - of `random.key`, outside a compiled function
 * @returns the batch of a step, `[batch, ...]`, as `train` takes it
 * @throws {EinlabError} `data` when the tensors differ in their number of examples or have too few, `option` for a batch below 1
 * @example `train({ data: shuffledBatches({ images, labels }, random.key(1), { batch: 64 }), … })`
 */
export function shuffledBatches<Data>(
  data: Data,
  key: Tensor,
  { batch }: BatchOptions,
): (step: number) => Promise<Data> {
  const count = examplesOf(data);
  if (!Number.isInteger(batch) || batch < 1) {
    throw new EinlabError('option', `shuffledBatches: batch is ${batch}; expected a whole number ≥ 1`, { batch });
  }
  if (batch > count) {
    throw new EinlabError(
      'data',
      `shuffledBatches: batch is ${batch}, but there are ${count} examples; expected as many at least`,
      {
        batch,
        count,
      },
    );
  }
  const perEpoch = Math.floor(count / batch);
  let drawn: { readonly epoch: number; readonly order: Int32Array } | undefined;
  return async (step) => {
    const epoch = Math.floor(step / perEpoch);
    if (drawn?.epoch !== epoch) {
      const order = await random.permutation(random.foldIn(key, epoch), count).data();
      drawn = { epoch, order: Int32Array.from(order) };
    }
    const start = (step % perEpoch) * batch;
    const chosen = tensor(drawn.order.slice(start, start + batch));
    return mapTree<Data>(data, (leaf) => (isTensor(leaf) ? take(leaf, chosen) : leaf));
  };
}

/** The number of examples that the tensors of a data set agree on. */
function examplesOf(data: unknown): number {
  const found = treeEntries(data).flatMap(([path, leaf]): [string, number | undefined][] =>
    isTensor(leaf) ? [[path, leaf.shape[0]]] : [],
  );
  const [first] = found;
  if (first === undefined) throw new EinlabError('data', 'shuffledBatches: there is no tensor in the data');
  const [name, count] = first;
  const other = found.find(([, examples]) => examples === undefined || examples !== count);
  if (count !== undefined && other === undefined) return count;
  const [otherName, otherCount] = other ?? first;
  throw new EinlabError(
    'data',
    `shuffledBatches: "${otherName}" has ${otherCount ?? 'no axis of'} examples and "${name}" ${count ?? 'no axis of them'}; expected equal numbers`,
    { [name]: count, [otherName]: otherCount },
  );
}
