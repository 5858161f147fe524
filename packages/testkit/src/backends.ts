import { beforeEach, describe, it } from 'vitest';
import type {} from './meta.ts';
import { isRequired } from './required.ts';
import { webgpuEnvironment } from './webgpu-environment.ts';

/** The tensor engine's backends that the suite runs on, by name. */
export const backends = ['reference', 'wasm', 'webgpu'] as const;

/** The name of a backend that the suite runs on. */
export type BackendName = (typeof backends)[number];

/** Why a backend cannot be had here, or undefined where it can. */
function missing(backend: BackendName): string | undefined {
  if (backend !== 'webgpu' || webgpuEnvironment() !== 'none') return undefined;
  return 'no WebGPU: the tests bring a driver for Linux on x64 only';
}

/**
 * Declares tests that need what a machine may lack. Without it they are skips, which the summary names with the reason; or
 * a failure, where `REQUIRE_BACKENDS` lists it.
 *
 * @param needed - a backend, or `browser`.
 * @param reason - why it cannot be had here, or undefined where it can.
 */
export function describeWhereFound(title: string, needed: string, reason: string | undefined, body: () => void): void {
  if (reason !== undefined && isRequired(needed)) {
    it(`runs ${title}, which REQUIRE_BACKENDS lists`, () => {
      throw new Error(reason);
    });
  }
  describe.skipIf(reason !== undefined)(`${title}${reason === undefined ? '' : ` (${reason})`}`, body);
}

/**
 * Declares the same tests once for each backend, and records the backend of each for the reporter. A backend that cannot
 * be had here makes its tests skips, which the summary names; or a failure, where `REQUIRE_BACKENDS` lists it.
 *
 * @param name - what is described; each group inside is called `on <backend>`.
 * @param body - declares the tests; it opens the device itself, since only the name is known here.
 */
export function describeOnBackends(name: string, body: (backend: BackendName) => void): void {
  describe(name, () => {
    for (const backend of backends) {
      describeWhereFound(`on ${backend}`, backend, missing(backend), () => {
        beforeEach(({ task }) => {
          task.meta.backend = backend;
        });
        body(backend);
      });
    }
  });
}
