import { EinlabError } from '@einlab/einsum-core';
import type { HubOptions } from './hub-files.ts';
import { type ChronosPipeline, openPipeline } from './pipeline.ts';

/** Fetches the files of a model that is named by an id. */
export type HubFetch = (id: string, file: string) => Promise<Uint8Array>;

/** Where a checkpoint comes from, other than a folder. */
export interface PretrainedOptions extends HubOptions {
  /** Fetches files in place of the hub's client: from another server, without cache and checksums. */
  readonly fetchFile?: HubFetch;
  /** The folder or id of the model that an adapter belongs to; default what its `adapter_config.json` says. */
  readonly base?: string;
}

const isId = (name: string): boolean => /^\w[\w.-]*\/\w[\w.-]*$/.test(name);

const [configFile, weightsFile, adapterFile] = ['config.json', 'model.safetensors', 'adapter_config.json'];

/**
 * Opens a checkpoint: a folder with `config.json` and `model.safetensors`, a folder with a LoRA adapter (`adapter_config.json` and `adapter_model.safetensors`), which is
 * merged into its base, or the id of a model on the Hugging Face hub, such as `amazon/chronos-bolt-tiny`.
 *
 * Ids need the package `@huggingface/hub`, which is loaded only then. Files are compared with the hub's checksums and kept in a cache.
 *
 * @throws {EinlabError} `file` for a folder or id that cannot be opened, saying what to do
 */
export async function fromPretrained(name: string, options: PretrainedOptions = {}): Promise<ChronosPipeline> {
  if (await isFolder(name)) return openFolder(name, options);
  if (!isId(name)) {
    throw new EinlabError(
      'file',
      `fromPretrained: there is no folder ${name}; expected one with ${configFile} and ${weightsFile}, or an id such as amazon/chronos-bolt-tiny`,
      { name },
    );
  }
  const { fetchFile } = options;
  const file = async (): Promise<readonly [Uint8Array, Uint8Array]> => {
    if (fetchFile !== undefined) return [await fetchFile(name, configFile), await fetchFile(name, weightsFile)];
    const { hubFiles } = await import('./hub-files.ts');
    const files = await hubFiles(name, [configFile, weightsFile], options);
    const none = new Uint8Array();
    return [files.get(configFile) ?? none, files.get(weightsFile) ?? none];
  };
  const [config, weights] = await file();
  return openPipeline({
    config: parsed(new TextDecoder().decode(config), `${name}/${configFile}`),
    weights,
    source: name,
  });
}

/** True for a folder of this machine; never in a browser. */
async function isFolder(name: string): Promise<boolean> {
  if (typeof process === 'undefined' || process.versions?.node === undefined) return false;
  const { stat } = await import('node:fs/promises');
  return stat(name).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function openFolder(name: string, options: PretrainedOptions): Promise<ChronosPipeline> {
  const { join } = await import('node:path');
  const { existsSync } = await import('node:fs');
  const json = (file: string): Promise<unknown> => readJson(join(name, file));
  const own = join(name, weightsFile);
  if (existsSync(join(name, configFile)) || !existsSync(join(name, adapterFile))) {
    return openPipeline({ config: await json(configFile), weights: own, source: name });
  }
  const config = await json(adapterFile);
  const base = options.base ?? baseOf(config, join(name, adapterFile));
  const adapter = { config, weights: join(name, 'adapter_model.safetensors') };
  if (await isFolder(base)) {
    const files = { config: await readJson(join(base, configFile)), weights: join(base, weightsFile) };
    return openPipeline({ ...files, adapter, source: name });
  }
  const { hubFiles } = await import('./hub-files.ts');
  const files = await hubFiles(base, [configFile, weightsFile], options);
  const text = new TextDecoder().decode(files.get(configFile));
  const weights = files.get(weightsFile) ?? new Uint8Array();
  return openPipeline({ config: parsed(text, `${base}/${configFile}`), weights, adapter, source: name });
}

/** The model that an adapter says it belongs to. */
function baseOf(config: unknown, path: string): string {
  const base =
    typeof config === 'object' && config !== null && 'base_model_name_or_path' in config
      ? config.base_model_name_or_path
      : undefined;
  if (typeof base === 'string' && base !== '') return base;
  throw new EinlabError(
    'file',
    `${path}: base_model_name_or_path is ${JSON.stringify(base)}; expected the model that the adapter belongs to, or the option base`,
    { path },
  );
}

async function readJson(path: string): Promise<unknown> {
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new EinlabError(
      'file',
      `${path}: cannot be read: ${String(error)}; expected a folder with ${configFile} and ${weightsFile}`,
      { path },
    );
  });
  return parsed(text, path);
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
