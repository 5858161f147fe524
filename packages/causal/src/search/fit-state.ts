import { EinlabError, evaluate, isTensor, mapTree, type Tensor, tensor, treeLeaves } from '@einlab/einsum-core';
import { packed, unpacked } from './search-checkpoint.ts';

/** What a fit has come to: the steps that are done, and the tensors that the next one begins with. */
export interface FitState<State> {
  readonly step: number;
  readonly state: State;
}

/** A fit as it is written down: its steps, and the numbers of all its tensors, in order. */
interface StoredFit {
  readonly step: number;
  readonly leaves: readonly string[];
}

/** The state as text: f32 as they are, so that whoever goes on from it finds the same bits. */
export async function storedFit<State>({ step, state }: FitState<State>): Promise<string> {
  const leaves: string[] = [];
  for (const leaf of treeLeaves(state)) {
    if (isTensor(leaf)) leaves.push(packed(Float64Array.from(await leaf.data())));
  }
  const stored: StoredFit = { step, leaves };
  return JSON.stringify(stored);
}

/**
 * A state that was written down, kept on the device of `like`, whose shapes it has.
 *
 * @throws {EinlabError} `data`, for a text that is none of a fit with these shapes.
 */
export function restoredFit<State>(text: string, like: State): Promise<FitState<State>> {
  const wanted = treeLeaves(like).filter(isTensor);
  const { step, leaves } = storedIn(text);
  const given = leaves.map(unpacked);
  const sizes = wanted.map(({ shape }) => shape.reduce((size, extent) => size * extent, 1));
  if (given.length !== wanted.length || given.some(({ length }, at) => length !== sizes[at]))
    throw new EinlabError(
      'data',
      `fit: what was written down holds arrays of ${given.map(({ length }) => length).join(', ')} numbers; expected ${sizes.join(', ')}: delete it to begin again`,
    );
  let next = 0;
  const lazy = mapTree<State>(like, (leaf) => {
    if (!isTensor(leaf)) return leaf;
    const values = Float32Array.from(given[next++]);
    return tensor(values, { shape: [...(leaf as Tensor).shape] });
  });
  return evaluate(lazy).then((state) => ({ step, state: state as State }));
}

function storedIn(text: string): StoredFit {
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found === 'object' && found !== null && 'step' in found && 'leaves' in found) {
      const { step, leaves } = found;
      if (Number.isInteger(step) && Array.isArray(leaves) && leaves.every((leaf) => typeof leaf === 'string'))
        return { step: Number(step), leaves };
    }
  } catch {
    // said below
  }
  throw new EinlabError(
    'data',
    `fit: what was written down begins with ${JSON.stringify(text.slice(0, 40))}; expected the state of a fit: delete it to begin again`,
  );
}
