import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { failure, inputError, messageOf, systemReason } from '../command-error.ts';
import type { RunSpec, TextSpec } from './spec.ts';

/** The file of a run's weights: `btt-2-width-64-seed-0.safetensors`. */
const modelName = (spec: RunSpec): string =>
  `${spec.structure.replaceAll(':', '-')}-width-${spec.width}${spec.naiveRates ? '-naive' : ''}-seed-${spec.seed}`;

/** Keeps the last checkpoint of each finished run in a folder, with its specification beside it. @throws {CommandError} status 1 */
export const keepModel =
  (folder: string) =>
  (spec: RunSpec, checkpoint: string): void => {
    const path = join(folder, modelName(spec));
    try {
      mkdirSync(folder, { recursive: true });
      copyFileSync(checkpoint, `${path}.safetensors.part`);
      renameSync(`${path}.safetensors.part`, `${path}.safetensors`);
      writeFileSync(`${path}.json`, `${JSON.stringify(spec, undefined, 2)}\n`);
    } catch (error) {
      throw failure(`einlab compare: --models ${folder}: ${basename(path)} cannot be kept: ${systemReason(error)}`);
    }
  };

/** The specification of a kept model of a text. @throws {CommandError} status 2 */
export function keptSpec(command: string, file: string): TextSpec {
  const path = file.replace(/\.safetensors$/, '.json');
  let spec: unknown;
  try {
    spec = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw inputError(
      `einlab ${command}: ${path}: ${messageOf(error)}; expected the file that einlab compare --models wrote beside the weights`,
    );
  }
  if (typeof spec !== 'object' || spec === null || !('task' in spec) || spec.task !== 'text' || !('textHash' in spec))
    throw inputError(`einlab ${command}: ${path} is no specification of a text model`);
  // Written by `keepModel`; what is wrong in a changed file is refused where it is used.
  return spec as TextSpec;
}
