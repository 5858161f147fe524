import { EinlabError } from '@einlab/einsum-core';

/** Exit statuses of the command: done, the job failed, the input is wrong, stopped from outside (128 + SIGINT). */
export const exitStatus = { done: 0, failed: 1, input: 2, stopped: 130 } as const;

/** An end with one message and an exit status. The message names the culprit, shows the value, and says what was expected. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What the user gave cannot be used: exit status 2. */
export const inputError = (message: string): CommandError => new CommandError(exitStatus.input, message);

/** The input was fine and the job failed: exit status 1. */
export const failure = (message: string): CommandError => new CommandError(exitStatus.failed, message);

/** The system's code of an error, such as `ENOSPC`, where it has one. */
export const systemCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** An error's message alone; a value that is no error as text. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Runs a check of what the user gave: an error of the engine in there is the input's fault.
 *
 * @param where - what the message starts with, such as the option's name.
 */
export function asInput<T>(where: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof EinlabError) throw inputError(where === '' ? error.message : `${where}: ${error.message}`);
    throw error;
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOENT: 'no such file or folder',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  EFBIG: 'the file would be larger than is allowed here',
  EIO: 'the disk reported an error',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
};

/** Why the file system refused, in words: `the disk is full (ENOSPC)`. */
export function systemReason(error: unknown): string {
  const code = systemCode(error);
  const reason = code === undefined ? undefined : reasons[code];
  return reason === undefined ? messageOf(error) : `${reason} (${code})`;
}
