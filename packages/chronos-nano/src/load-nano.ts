import { type ChronosPipeline, openPipeline, writeConfig } from '@einlab/chronos';
import { EinlabError } from '@einlab/einsum-core';
import { nanoRecipe } from './recipe.ts';

/** Where the weights lie: beside both `src` and `dist`. */
const address = new URL('../weights/model.safetensors', import.meta.url);

/** The bytes of the shipped weights, a safetensors file of f16. @throws {EinlabError} `file` when they cannot be read */
export async function nanoWeights(): Promise<Uint8Array> {
  try {
    if (address.protocol === 'file:') {
      const { readFile } = await import('node:fs/promises');
      return new Uint8Array(await readFile(address));
    }
    const response = await fetch(address);
    if (!response.ok) throw new Error(`the server answers ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new EinlabError(
      'file',
      `chronos-nano: the weights cannot be read from ${address}: ${error instanceof Error ? error.message : String(error)}; the folder weights must lie beside the folder of this module`,
      { address: String(address) },
    );
  }
}

/** The shipped model, ready to forecast; nothing is downloaded in Node, and in a browser only the weights, from beside this module. */
export async function loadNano(): Promise<ChronosPipeline> {
  return openPipeline({ config: writeConfig(nanoRecipe.config), weights: await nanoWeights(), source: 'chronos-nano' });
}
