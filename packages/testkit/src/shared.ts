import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { it } from 'vitest';

const repositoryRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** The folder of reference data: `SHARED_DIR`, else `shared` beside the repository. It may not exist. */
export const sharedDirectory: string = resolve(process.env['SHARED_DIR'] || join(repositoryRoot, '..', 'shared'));

/** A path inside the folder of reference data. */
export function sharedPath(...parts: readonly string[]): string {
  return join(sharedDirectory, ...parts);
}

/**
 * Declares a test that needs the folder of reference data.
 *
 * Without the folder the test is a skip that the summary names; with `REQUIRE_SHARED=1` it is a failure.
 */
export function itWithShared(name: string, body: () => void | Promise<void>, timeoutMilliseconds?: number): void {
  it(name, { ...(timeoutMilliseconds === undefined ? {} : { timeout: timeoutMilliseconds }) }, async ({ skip }) => {
    if (!existsSync(sharedDirectory)) {
      const reason = `no reference data at ${sharedDirectory} (set SHARED_DIR)`;
      if (process.env['REQUIRE_SHARED'] === '1') throw new Error(`${reason}, and REQUIRE_SHARED=1`);
      skip(reason);
    }
    await body();
  });
}
