import type { EinlabError } from '../../../base/errors.ts';

/** The first of several failures, in order. */
export async function firstFailure(
  failures: readonly Promise<EinlabError | undefined>[],
): Promise<EinlabError | undefined> {
  for (const failure of failures) {
    const error = await failure;
    if (error !== undefined) return error;
  }
  return undefined;
}
