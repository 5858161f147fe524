import {
  EinlabError,
  einsum,
  isTensor,
  mapTree,
  multiply,
  random,
  type Tensor,
  treeEntries,
  zeros,
} from '@einlab/einsum-core';

/** How an adapter is made. */
export interface AdapterOptions {
  /** Rows of A and columns of B; default 8. */
  readonly rank?: number;
  /** Updates are multiplied by alpha/rank; default 16. */
  readonly alpha?: number;
  /** Which matrices have an update; default the projections of attention layers and the last layer of the output patches. */
  readonly targets?: (path: string) => boolean;
}

/** The trained part of a model with an adapter, by the path of the matrix it belongs to. */
export type Adapter = Readonly<Record<string, { readonly a: Tensor; readonly b: Tensor }>>;

const usual = (path: string): boolean =>
  /[aA]ttention\.[qkvo]\.weight$|output_patch_embedding\.output_layer\.weight$/.test(path);

/**
 * An adapter that changes nothing yet: A is random, N(0, 1/in), and B is 0.
 *
 * @throws {EinlabError} `option` when no matrix is chosen
 * @see Hu et al. 2022, "LoRA: Low-Rank Adaptation of Large Language Models", §4.1
 */
export function makeAdapter(key: Tensor, parameters: unknown, options: AdapterOptions = {}): Adapter {
  const { rank = 8, targets = usual } = options;
  const chosen = treeEntries(parameters).flatMap(([path, leaf]): [string, Tensor][] =>
    isTensor(leaf) && leaf.rank === 2 && targets(path) ? [[path, leaf]] : [],
  );
  if (chosen.length === 0)
    throw new EinlabError('option', 'makeAdapter: no matrix of the model is chosen; expected at least one');
  return Object.fromEntries(
    chosen.map(
      (
        [
          path,
          {
            shape: [out, inSize],
          },
        ],
        i,
      ) => [
        // dots part the levels of a tree
        path.replaceAll('.', '/'),
        {
          a: multiply(random.normal(random.foldIn(key, i), [rank, inSize]), 1 / Math.sqrt(inSize)),
          b: zeros([out, rank]),
        },
      ],
    ),
  );
}

/** W + (alpha/rank) · B A for every matrix that has an update; differentiable in the adapter. */
export function withAdapter<Parameters>(
  parameters: Parameters,
  adapter: Adapter,
  { rank = 8, alpha = 16 }: AdapterOptions = {},
): Parameters {
  return mapTree<Parameters>(parameters, (leaf, path) => {
    const update = adapter[path.replaceAll('.', '/')];
    if (update === undefined || !isTensor(leaf)) return leaf;
    return leaf.add(multiply(einsum('rank in, out rank -> out in', update.a, update.b), alpha / rank));
  });
}
