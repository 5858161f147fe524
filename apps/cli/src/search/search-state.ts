import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { Rung } from '@einlab/structured-layers';
import { failure, inputError, systemReason } from '../command-error.ts';
import type { RunResult } from '../compare/result.ts';
import { replaceFile } from '../report/atomic-write.ts';
import type { SearchSettings } from './search-settings.ts';

/** The layout of the file; a change that older programs would misread gets another number. */
export const searchVersion = 1;
const formatName = 'einlab-search';

/** A line of the file after the first. */
export type SearchEvent =
  | { readonly kind: 'plan'; readonly rungs: readonly Rung[] }
  | { readonly kind: 'result'; readonly result: RunResult };

/** The first line: what the file is, and what the search was asked to do. */
interface Header {
  readonly format: typeof formatName;
  readonly version: typeof searchVersion;
  readonly settings: SearchSettings;
}

/** The folder in which an unfinished search keeps its results, one JSON line each, and the checkpoints of its runs. */
export interface SearchState {
  readonly folder: string;
  readonly results: ReadonlyMap<string, RunResult>;
  readonly rungs: readonly Rung[] | undefined;
  checkpointOf(key: string): string;
  record(event: SearchEvent): void;
  remove(): void;
}

const fileName = 'search.jsonl';

/** The first line of a results file as text. */
export const headerLine = (settings: SearchSettings): string =>
  `${JSON.stringify({ format: formatName, version: searchVersion, settings } satisfies Header)}\n`;

/**
 * The settings in a results file.
 * @throws {CommandError} status 2, for a file that is no results file, is damaged, or is of another version
 */
export function readHeader(path: string, line: string): SearchSettings {
  const header = parsed(path, line);
  const isRecord = typeof header === 'object' && header !== null;
  if (!isRecord || !('format' in header) || header.format !== formatName) {
    throw inputError(`einlab search: ${path} holds no search: its first line does not say "format":"${formatName}"`);
  }
  if (!('version' in header) || header.version !== searchVersion) {
    const found = 'version' in header ? JSON.stringify(header.version) : 'none';
    throw inputError(
      `einlab search: ${path} is of version ${found} of the results, this program reads version ${searchVersion}; finish it with the program that began it, or start again with --force`,
    );
  }
  // The file says that this program wrote it; values that somebody changed are refused where they are used.
  return (header as Header).settings;
}

function parsed(path: string, line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw inputError(`einlab search: ${path} is damaged: its first line is no JSON; start again with --force`);
  }
}

/** Opens the state of a search: goes on from what is there when the settings are the same, starts anew otherwise. */
export function openSearchState(folder: string, settings: SearchSettings, discard: boolean): SearchState {
  const path = join(folder, fileName);
  const head = headerLine(settings);
  if (existsSync(path) && !discard) {
    const text = readFileSync(path, 'utf8');
    const first = text.slice(0, text.indexOf('\n') + 1);
    readHeader(path, first);
    if (first !== head) {
      throw inputError(
        `einlab search: ${folder} holds an unfinished search with other settings; the command that began it continues it, --force discards it, --report DIR writes to another folder`,
      );
    }
    return attach(folder, path);
  }
  if (existsSync(path) && readFileSync(path, 'utf8').startsWith(head)) return attach(folder, path);
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    replaceFile(path, head);
  } catch (error) {
    throw failure(`the state of the search cannot be written to ${folder}: ${systemReason(error)}`);
  }
  return attach(folder, path);
}

function attach(folder: string, path: string): SearchState {
  const text = readFileSync(path, 'utf8');
  // a line that a killed program did not end is no line
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
  const events = whole
    .split('\n')
    .slice(1)
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as SearchEvent]));
  const results = new Map(
    events.flatMap((event) => (event.kind === 'result' ? [[event.result.key, event.result] as const] : [])),
  );
  let rungs = events.flatMap((event) => (event.kind === 'plan' ? [event.rungs] : [])).at(-1);
  const checkpointOf = (key: string): string => join(folder, `${key}.safetensors`);
  return {
    folder,
    results,
    get rungs() {
      return rungs;
    },
    checkpointOf,
    record(event) {
      const before = statSync(path).size;
      try {
        appendFileSync(path, `${JSON.stringify(event)}\n`);
      } catch (error) {
        truncateSync(path, before);
        throw failure(`the state of the search cannot be written to ${folder}: ${systemReason(error)}`);
      }
      if (event.kind === 'plan') rungs = event.rungs;
      else {
        results.set(event.result.key, event.result);
        rmSync(checkpointOf(event.result.key), { force: true });
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
