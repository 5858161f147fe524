import { EinlabError, evaluate, type Tensor, tensor } from '@einlab/einsum-core';
import type { Transformer } from '@einlab/nn';
import { decodeContainer, encodeContainer, groupValues } from '../code/container.ts';
import { assignLevels } from '../quantize/levels.ts';
import type { Parametrization, Trained } from './parametrization.ts';
import { parametrizationOf, type Recipe, recipeHash } from './recipe.ts';

/** The codebook that a tensor belongs to: equal places in different blocks share one. */
export const codebookOf = (name: string): string => name.replace(/^blocks\/\d+\//, '');

/** The tensors of each codebook, in the order in which they are written. */
export function codebooks({ start }: Parametrization): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const name of Object.keys(start)) {
    const group = groups.get(codebookOf(name));
    if (group === undefined) groups.set(codebookOf(name), [name]);
    else group.push(name);
  }
  return groups;
}

/** All values of some trained tensors, one after the other. */
export async function valuesOf(trained: Trained, names: readonly string[]): Promise<Float32Array> {
  const parts = await Promise.all(
    names.map(async (name) => Float32Array.from(await tensorNamed(trained, name).data())),
  );
  const all = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A trained tensor, or an error that says which are there. */
export function tensorNamed(trained: Trained, name: string): Tensor {
  const found = trained[name];
  if (found === undefined)
    throw new EinlabError(
      'data',
      `the trained tensor "${name}" is missing; got ${Object.keys(trained).slice(0, 5).join(', ') || 'none'}`,
    );
  return found;
}

/**
 * Writes trained tensors as a container: each is rounded to the nearest level of its codebook.
 *
 * @param levels - by codebook; rounded to f16
 */
export async function encodeModel(
  recipe: Recipe,
  trained: Trained,
  levels: ReadonlyMap<string, ArrayLike<number>>,
): Promise<Uint8Array> {
  const groups = [];
  for (const [codebook, names] of codebooks(parametrizationOf(recipe))) {
    const own = levels.get(codebook);
    if (own === undefined) throw new EinlabError('data', `encodeModel: there are no levels for "${codebook}"`);
    groups.push(assignLevels(await valuesOf(trained, names), own));
  }
  return encodeContainer({ config: await recipeHash(recipe), groups });
}

/** A model out of its recipe and its code. */
export interface DecodedModel {
  readonly parametrization: Parametrization;
  readonly trained: Trained;
  /** Kept tensors; nothing of it was anywhere but in the recipe and in the code. */
  readonly model: Transformer;
}

/**
 * Reads a model back: the recipe makes everything that the seed gives, the container holds the rest.
 *
 * @throws {EinlabError} `file` for a damaged container, one of another recipe, or one that holds other tensors
 */
export async function decodeModel(
  recipe: Recipe,
  bytes: Uint8Array,
  source: string = 'container',
): Promise<DecodedModel> {
  const { config, groups } = decodeContainer(bytes, source);
  const expected = await recipeHash(recipe);
  if (config !== expected)
    throw new EinlabError(
      'file',
      `${source}: the container was written for the recipe ${config}, but this one is ${expected}; are vocabulary, sizes and seed the same?`,
    );
  const parametrization = parametrizationOf(recipe);
  const books = [...codebooks(parametrization)];
  if (groups.length !== books.length)
    throw new EinlabError(
      'file',
      `${source}: the container has ${groups.length} groups; expected ${books.length} for ${parametrization.name}`,
    );
  const trained: Record<string, Tensor> = {};
  books.forEach(([codebook, names], i) => {
    const values = groupValues(groups[i]);
    let at = 0;
    for (const name of names) {
      const { shape, size } = tensorNamed(parametrization.start, name);
      if (at + size > values.length)
        throw new EinlabError(
          'file',
          `${source}: the group "${codebook}" has ${values.length} values, too few for its tensors`,
        );
      trained[name] = tensor(values.slice(at, at + size), { shape });
      at += size;
    }
    if (at !== values.length)
      throw new EinlabError('file', `${source}: the group "${codebook}" has ${values.length} values; expected ${at}`);
  });
  return { parametrization, trained, model: await evaluate(parametrization.build(trained)) };
}
