import { random, tensor } from '@einlab/einsum-core';
import { dense, type Structure, type Transformer, transformer } from '@einlab/nn';
import { kronecker, monarch } from '@einlab/structured-layers';
import { hashText } from '../base/bytes.ts';
import { assertCount, optionFailure } from '../base/check.ts';
import { sinusoids } from './sinusoids.ts';
import { createProjector, type ProjectorName } from '../projector/projector.ts';
import {
  directParameters,
  lowRankChanges,
  type Parametrization,
  subspace,
  trainedCount,
  withTokens,
} from './parametrization.ts';

/** Ways to say a model in few numbers. */
export type CompressionName = 'dense' | 'lora' | 'subspace' | 'sublora' | 'kronecker' | 'monarch';

/** The names of the compressions. */
export const compressionNames: readonly CompressionName[] = [
  'dense',
  'lora',
  'subspace',
  'sublora',
  'kronecker',
  'monarch',
];

/** Everything that the decoder of a model knows beforehand. With the code, it is the model; without it, it costs nothing. */
export interface Recipe {
  readonly compression: CompressionName;
  readonly vocabulary: number;
  readonly context: number;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly seed: number;
  /** Whether the vectors of tokens, which are the head too, stay as the seed has them or are trained and coded. */
  readonly tokens: 'seeded' | 'trained';
  /** Of `lora` and `sublora`. */
  readonly rank: number;
  /** Of `subspace` and `sublora`. */
  readonly dimension: number;
  readonly projector: ProjectorName;
  /** Of `monarch`. */
  readonly blocks: number;
}

/** A recipe with the settings that were left open: a small model for characters. */
export function completeRecipe(given: Partial<Recipe> & Pick<Recipe, 'compression' | 'vocabulary'>): Recipe {
  const recipe: Recipe = {
    context: 64,
    width: 96,
    depth: 2,
    heads: 4,
    seed: 0,
    tokens: 'seeded',
    rank: 4,
    dimension: 1500,
    projector: 'kronecker-qr',
    blocks: 16,
    ...given,
  };
  for (const name of ['vocabulary', 'context', 'width', 'depth', 'heads', 'rank', 'dimension', 'blocks'] as const)
    assertCount('completeRecipe', name, recipe[name]);
  if (recipe.tokens !== 'seeded' && recipe.tokens !== 'trained')
    throw optionFailure('completeRecipe', 'tokens', recipe.tokens, 'seeded or trained');
  if (!compressionNames.includes(recipe.compression))
    throw optionFailure('completeRecipe', 'compression', recipe.compression, `one of ${compressionNames.join(', ')}`);
  return recipe;
}

/** The hash of a recipe that a container carries: 16 hexadecimal digits. */
export async function recipeHash(recipe: Recipe): Promise<string> {
  const text = JSON.stringify(Object.entries(recipe).sort(([a], [b]) => (a < b ? -1 : 1)));
  return (await hashText(text)).slice(0, 16);
}

/** The model of a recipe before training, the head tied to the tokens. What no parametrization trains stays as it is: positions are waves, the rest is the seed's. */
function baseModel(recipe: Recipe, structure: Structure): Transformer {
  const { vocabulary, context, width, depth, heads, seed } = recipe;
  const made = transformer.init(random.key(seed), {
    vocab: vocabulary,
    context,
    width,
    depth,
    heads,
    structure,
    tied: true,
    normalized: false,
    // vectors of length 1: their scores span what a softmax over characters needs
    embeddingDeviation: 1 / Math.sqrt(width),
  });
  return {
    ...made,
    positions: { ...made.positions, table: tensor(sinusoids(context, width), { shape: [context, width] }) },
  };
}

/**
 * The parametrization of a recipe; the same for the same recipe, bit for bit.
 *
 * @throws {EinlabError} `option` for settings that make no model
 */
export function parametrizationOf(recipe: Recipe): Parametrization {
  const { compression, seed, tokens, rank, dimension, projector, blocks } = recipe;
  const key = random.foldIn(random.key(seed), 7);
  const whole = (inner: Parametrization): Parametrization => (tokens === 'trained' ? withTokens(inner) : inner);
  const within = (inner: Parametrization): Parametrization =>
    subspace(inner, createProjector(projector, { rows: trainedCount(inner), columns: dimension, seed }));
  switch (compression) {
    case 'dense':
      return whole(directParameters('dense', baseModel(recipe, dense())));
    case 'kronecker':
      return whole(directParameters('kronecker', baseModel(recipe, kronecker())));
    case 'monarch':
      return whole(directParameters(`monarch, ${blocks} blocks`, baseModel(recipe, monarch({ blocks }))));
    case 'lora':
      return whole(lowRankChanges(baseModel(recipe, dense()), key, { rank }));
    case 'subspace':
      return within(whole(directParameters('dense', baseModel(recipe, dense()))));
    case 'sublora':
      return within(whole(lowRankChanges(baseModel(recipe, dense()), key, { rank })));
    default:
      throw optionFailure('parametrizationOf', 'compression', compression, `one of ${compressionNames.join(', ')}`);
  }
}
