import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { failure, inputError, systemReason } from '../command-error.ts';
import { replaceFile } from '../report/atomic-write.ts';
import type { RunResult } from './result.ts';
import { routingLogOf } from './routing-log.ts';
import type { Settings } from './settings.ts';

/** What happened in a comparison, one JSON line each; the log is what an interrupted comparison goes on from. */
export type StateEvent =
  | { readonly kind: 'steps'; readonly steps: number }
  | { readonly kind: 'result'; readonly result: RunResult };

/** The folder in which an unfinished comparison keeps its log and checkpoints. */
export interface CompareState {
  readonly folder: string;
  /** Finished runs by key. */
  readonly results: ReadonlyMap<string, RunResult>;
  /** The steps that a time budget was turned into, once it has been. */
  readonly steps: number | undefined;
  /** Path of an unfinished run's checkpoint; a run whose file is there goes on from it. */
  checkpointOf(key: string): string;
  /** Writes an event down. @throws {CommandError} status 1, when the disk is full or refuses. */
  record(event: StateEvent): void;
  /** Removes the folder: the report holds everything now. */
  remove(): void;
}

/** The state of the comparison whose report goes to a folder lies beside it, since the report appears in one step. */
export const stateFolder = (report: string): string => `${report}.state`;

const settingsFile = 'settings.json';
const logFile = 'log.jsonl';

/** The settings that a state folder belongs to. @throws {CommandError} status 2, where there are none. */
export function readStateSettings(folder: string): Settings {
  const path = join(folder, settingsFile);
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    // Written by this program; a file that somebody changed is refused where its values are used.
    if (typeof content === 'object' && content !== null && 'task' in content) return content as Settings;
  } catch (error) {
    if (!(error instanceof SyntaxError))
      throw inputError(
        `einlab compare: there is nothing to resume in ${folder}: ${systemReason(error)} (${settingsFile})`,
      );
  }
  throw inputError(
    `einlab compare: there is nothing to resume in ${folder}: ${settingsFile} is damaged; start again with --force`,
  );
}

/**
 * Opens the state of a comparison: goes on from what is there when the settings are the same, starts anew otherwise.
 *
 * @param discard - true removes the state of another comparison; false refuses to.
 */
export function openState(folder: string, settings: Settings, discard: boolean): CompareState {
  const text = `${JSON.stringify(settings, undefined, 2)}\n`;
  if (existsSync(join(folder, settingsFile))) {
    if (readFileSync(join(folder, settingsFile), 'utf8') === text) return attach(folder);
    if (!discard) {
      throw inputError(
        `einlab compare: ${folder} holds an unfinished comparison with other settings; einlab compare --resume ${folder} continues it, --force discards it, --report DIR writes to another folder`,
      );
    }
  }
  guarded(folder, () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    replaceFile(join(folder, settingsFile), text);
  });
  return attach(folder);
}

/** Runs a write; when it fails for good, says what and why, and leaves no empty folder behind. */
function guarded(folder: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (existsSync(folder) && !readdirSync(folder).some((name) => name === logFile))
      rmSync(folder, { recursive: true, force: true });
    throw failure(`the state of the comparison cannot be written to ${folder}: ${systemReason(error)}`);
  }
}

/** The lines of a log that are whole; the last one is not after a crash. */
function readLog(path: string): readonly StateEvent[] {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
  // Each line was written by `record`.
  return whole.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as StateEvent]));
}

function attach(folder: string): CompareState {
  const log = join(folder, logFile);
  const events = readLog(log);
  const results = new Map(
    events.flatMap((event) => (event.kind === 'result' ? [[event.result.key, event.result] as const] : [])),
  );
  let steps = events.findLast((event) => event.kind === 'steps')?.steps;
  const checkpointOf = (key: string): string => join(folder, `${key}.safetensors`);
  return {
    folder,
    results,
    get steps() {
      return steps;
    },
    checkpointOf,
    record(event) {
      const before = existsSync(log) ? statSync(log).size : 0;
      guarded(folder, () => {
        try {
          appendFileSync(log, `${JSON.stringify(event)}\n`);
        } catch (error) {
          if (existsSync(log)) truncateSync(log, before);
          throw error;
        }
      });
      if (event.kind === 'result') {
        results.set(event.result.key, event.result);
        rmSync(checkpointOf(event.result.key), { force: true });
        rmSync(routingLogOf(checkpointOf(event.result.key)), { force: true });
      } else if (event.kind === 'steps') steps = event.steps;
    },
    remove() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
