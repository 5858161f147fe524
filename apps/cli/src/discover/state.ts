import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatCheckpoint } from '@einlab/causal';
import { failure, systemReason } from '../command-error.ts';
import { replaceFile } from '../report/atomic-write.ts';

/** Finished tests in a folder, one file for each chunk, each written in one step. */
export function folderCheckpoint(folder: string): DatCheckpoint {
  const path = (name: string): string => join(folder, `${name}.json`);
  return {
    read: async (name) => (existsSync(path(name)) ? readFileSync(path(name), 'utf8') : undefined),
    write: async (name, text) => {
      try {
        mkdirSync(folder, { recursive: true });
        replaceFile(path(name), text);
      } catch (error) {
        throw failure(`einlab discover: --state ${folder} cannot be written: ${systemReason(error)}`);
      }
    },
  };
}
