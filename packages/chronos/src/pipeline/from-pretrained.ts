import { EinlabError } from '@einlab/einsum-core';
import { type ChronosPipeline, openPipeline } from './pipeline.ts';

/** Fetches the files of a model that is named by an id. */
export type HubFetch = (id: string, file: string) => Promise<Uint8Array>;

/** Where a checkpoint comes from, other than a folder. */
export interface PretrainedOptions {
  /** Fetches files of a model hub; without it an id cannot be opened. */
  readonly fetchFile?: HubFetch;
}

const isId = (name: string): boolean => /^[\w.-]+\/[\w.-]+$/.test(name);

/**
 * Opens a checkpoint: a folder with `config.json` and `model.safetensors` (Node), or a hub's id such as `amazon/chronos-bolt-tiny`, for which a function
 * that fetches its files is given.
 *
 * @throws {EinlabError} `file` for a folder or id that cannot be opened, saying what to do
 */
export async function fromPretrained(name: string, options: PretrainedOptions = {}): Promise<ChronosPipeline> {
  const { readFile, stat } = await import('node:fs/promises');
  const { join } = await import('node:path');
  const isFolder = await stat(name).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) {
    const path = join(name, 'config.json');
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      throw new EinlabError(
        'file',
        `${path}: cannot be read: ${String(error)}; expected a folder with config.json and model.safetensors`,
        {
          path,
        },
      );
    });
    return openPipeline({ config: parsed(text, path), weights: join(name, 'model.safetensors'), source: name });
  }
  if (!isId(name) || options.fetchFile === undefined) {
    throw new EinlabError(
      'file',
      `fromPretrained: there is no folder ${name}; expected one with config.json and model.safetensors${isId(name) ? `, or a function that fetches the files of ${name} (download them once and give the folder)` : ''}`,
      { name },
    );
  }
  const config = parsed(new TextDecoder().decode(await options.fetchFile(name, 'config.json')), `${name}/config.json`);
  return openPipeline({ config, weights: await options.fetchFile(name, 'model.safetensors'), source: name });
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new EinlabError('file', `${path}: is not JSON: ${error instanceof Error ? error.message : String(error)}`, {
      path,
    });
  }
}
