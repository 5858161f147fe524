import { EinlabError } from '@einlab/einsum-core';
import { decodeContainer, encodeContainer, groupValues } from '../code/container.ts';
import { assignLevels, kMeansLevels } from '../quantize/levels.ts';

/** Values by the names of their tensors. */
export type NamedValues = ReadonlyMap<string, Float32Array>;

/**
 * Quantizes tensors after training and writes them: an exact k-means codebook for each tensor.
 *
 * @param config - 16 hexadecimal digits of what the decoder knows beforehand
 * @param options - `levels` of each codebook, default 15
 * @throws {EinlabError} `data` for values that are not finite
 */
export function encodeTensors(
  tensors: NamedValues,
  config: string,
  options: { readonly levels?: number } = {},
): Uint8Array {
  const { levels = 15 } = options;
  const groups = [...tensors.values()].map((values) =>
    assignLevels(values, kMeansLevels(values, Math.min(levels, Math.max(1, values.length)))),
  );
  return encodeContainer({ config, groups });
}

/**
 * The tensors of a code: each must have as many values as the decoder expects under its name.
 *
 * @param sizes - numbers of values by name, in the order in which they were written
 * @throws {EinlabError} `file` for a damaged container, or one of other tensors
 */
export function decodeTensors(
  bytes: Uint8Array,
  config: string,
  sizes: ReadonlyMap<string, number>,
  source: string = 'container',
): NamedValues {
  const container = decodeContainer(bytes, source);
  const wrong = (message: string): EinlabError => new EinlabError('file', `${source}: ${message}`, { source });
  if (container.config !== config) throw wrong(`the container was written for ${container.config}; expected ${config}`);
  if (container.groups.length !== sizes.size)
    throw wrong(`the container has ${container.groups.length} tensors; expected ${sizes.size}`);
  return new Map(
    [...sizes].map(([name, size], i): [string, Float32Array] => {
      const values = groupValues(container.groups[i]);
      if (values.length !== size) throw wrong(`tensor "${name}" has ${values.length} values; expected ${size}`);
      return [name, values];
    }),
  );
}
