import { existsSync, mkdtempSync, rmdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { failure, inputError, systemReason } from '../command-error.ts';
import { namesIn, replaceFolder } from './atomic-write.ts';

/** The files of a report. */
export const reportFiles = { page: 'index.html', results: 'results.json' } as const;

/** The files of a search's report. */
export const searchReportFiles = { page: 'index.html', results: 'results.jsonl' } as const;

/**
 * Refuses a report folder that cannot be written at the end, before any work is done.
 *
 * @throws {CommandError} status 2, for a report that is there already and may not be replaced, for a folder with other
 *   files, and for a place that cannot be written to.
 */
export function assertReportFolder(
  folder: string,
  force: boolean,
  command = 'compare',
  files: Readonly<Record<string, string>> = reportFiles,
): void {
  if (existsSync(folder)) {
    if (!statSync(folder).isDirectory()) {
      throw inputError(`einlab ${command}: --report ${folder} is a file; expected a folder that is new or empty`);
    }
    const names = namesIn(folder);
    const ours: readonly string[] = Object.values(files);
    const stranger = names.find((name) => !ours.includes(name));
    if (stranger !== undefined) {
      throw inputError(
        `einlab ${command}: --report ${folder} holds other files (${stranger}); expected a folder that is new or empty, so that nothing of yours is replaced`,
      );
    }
    if (names.length > 0 && !force) {
      throw inputError(
        `einlab ${command}: there is a report in ${folder} already; --force replaces it, --report DIR writes to another folder`,
      );
    }
  }
  const parent = nearestFolder(dirname(resolve(folder)));
  try {
    if (!statSync(parent).isDirectory()) throw new Error(`${parent} is a file`);
    // Permissions do not tell everything (a full or read-only file system, /proc): only making a folder does. A recursive
    // mkdir would turn in circles where the parent exists and refuses.
    rmdirSync(mkdtempSync(join(parent, '.einlab-')));
  } catch (error) {
    throw inputError(
      `einlab ${command}: --report ${folder} cannot be written: ${systemReason(error)}; expected a place where a folder can be made`,
    );
  }
}

/** The closest folder above that exists. */
function nearestFolder(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestFolder(dirname(folder));
}

/**
 * Writes a report in one step.
 *
 * @throws {CommandError} status 1, when the disk is full or refuses; nothing half-written is left.
 */
export function writeReport(
  folder: string,
  page: string,
  results: string,
  files: { readonly page: string; readonly results: string } = reportFiles,
): void {
  try {
    replaceFolder(folder, { [files.results]: results, [files.page]: page });
  } catch (error) {
    throw failure(
      `the report ${basename(folder)} cannot be written to ${dirname(resolve(folder))}: ${systemReason(error)}`,
    );
  }
}
