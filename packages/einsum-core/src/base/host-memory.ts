import { memoryError } from './errors.ts';

/**
 * Runs what allocates host arrays; where the host has no room for them, the error says for what.
 *
 * @param what - the culprit, in the user's words
 * @param bytes - the size of the arrays together
 * @throws {EinlabError} `memory`
 */
export function inHostMemory<Result>(what: string, bytes: number, allocate: () => Result): Result {
  try {
    return allocate();
  } catch (error) {
    // engines say so with a RangeError of their own wording
    if (!(error instanceof RangeError)) throw error;
    throw memoryError(`${what}: ${bytes} bytes do not fit into an array of the host (${error.message})`, { bytes });
  }
}
