import { beforeEach, describe } from 'vitest';
import type {} from './meta.ts';

/** The tensor engine's backends that the suite runs on, by name. */
export const backends = ['reference', 'wasm'] as const;

/** The name of a backend that the suite runs on. */
export type BackendName = (typeof backends)[number];

/**
 * Declares the same tests once for each backend, and records the backend of each for the reporter.
 *
 * @param name - what is described; each group inside is called `on <backend>`.
 * @param body - declares the tests; it opens the device itself, since only the name is known here.
 */
export function describeOnBackends(name: string, body: (backend: BackendName) => void): void {
  describe(name, () => {
    for (const backend of backends) {
      describe(`on ${backend}`, () => {
        beforeEach(({ task }) => {
          task.meta.backend = backend;
        });
        body(backend);
      });
    }
  });
}
