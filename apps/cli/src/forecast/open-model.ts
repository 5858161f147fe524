import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ChronosPipeline, fromPretrained } from '@einlab/chronos';
import { loadNano } from '@einlab/chronos-nano';
import { EinlabError } from '@einlab/einsum-core';
import { inputError } from '../command-error.ts';
import { bar, createLiveLines, type TerminalStream } from '../terminal/live-lines.ts';

/** Opens the installed model, a folder, or a model of the hub; tells how far a download is on a terminal. */
export async function openModel(name: string, stream: TerminalStream, signal: AbortSignal): Promise<ChronosPipeline> {
  if (name === 'nano') return loadNano();
  const live = stream.isTTY === true ? createLiveLines(stream) : undefined;
  try {
    return await fromPretrained(existsSync(name) ? resolve(name) : name, {
      signal,
      onProgress: ({ file, loaded, total }) => live?.draw([`${bar(loaded / Math.max(1, total), 24)} ${file}`]),
    });
  } catch (error) {
    throw error instanceof EinlabError ? inputError(`einlab forecast: --model: ${error.message}`) : error;
  } finally {
    live?.clear();
  }
}
