import { readFileSync } from 'node:fs';
import { type Device, openDevice, setDefaultDevice } from '@einlab/einsum-core';
import { type BackendName, describeWhereFound, loadGolden, sharedPath, webgpuEnvironment } from '@einlab/testkit';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import type { ChronosConfig } from './config/chronos-config.ts';
import { readConfig } from './config/read-config.ts';

/** A number, or null for NaN. */
export type Maybe = number | null;

/** Null as NaN. */
export const numbers = (values: readonly Maybe[]): number[] => values.map((value) => value ?? NaN);

/** A golden file of the reference implementation. */
export const golden = <T>(name: string): T => loadGolden<T>(`chronos/${name}.json`).data;

/** The input series of the golden files. */
export function goldenSeries(): Record<string, number[]> {
  const { data } = loadGolden<Record<string, Maybe[]>>('chronos/series.json', { provenance: 'inputs of golden files' });
  return Object.fromEntries(Object.entries(data).map(([name, values]) => [name, numbers(values)]));
}

/** The configuration of a checkpoint among the fixtures, which must be of a family. */
export function fixtureConfig<Family extends ChronosConfig['family']>(
  folder: string,
  family: Family,
): Extract<ChronosConfig, { family: Family }> {
  const config = readConfig(JSON.parse(readFileSync(fixturePath(folder, 'config.json'), 'utf8')));
  if (!isOfFamily(config, family)) throw new Error(`${folder} is ${config.family}, expected ${family}`);
  return config;
}

const isOfFamily = <Family extends ChronosConfig['family']>(
  config: ChronosConfig,
  family: Family,
): config is Extract<ChronosConfig, { family: Family }> => config.family === family;

/** A file of a checkpoint among the fixtures. */
export const fixturePath = (folder: string, file: string): string =>
  sharedPath('fixtures', 'chronos', ...folder.split('/'), file);

/** Numbers agree within `relative` times the largest number that was expected. */
export function expectClose(
  got: ArrayLike<number>,
  expected: readonly Maybe[],
  relative: number,
  what: string = '',
): void {
  const wanted = numbers(expected);
  expect(got.length, `${what}: length`).toBe(wanted.length);
  const largest = Math.max(...wanted.map((value) => (Number.isNaN(value) ? 0 : Math.abs(value))), 1e-30);
  let worst = 0;
  let at = 0;
  wanted.forEach((value, i) => {
    const error = Number.isNaN(value) ? (Number.isNaN(got[i]) ? 0 : Infinity) : Math.abs(got[i] - value);
    if (!(error <= worst)) [worst, at] = [error, i];
  });
  expect(worst / largest, `${what}: [${at}] is ${got[at]}, expected ${wanted[at]}`).toBeLessThanOrEqual(relative);
}

/** Lists of lists as one list. */
export const flat = (values: readonly (readonly Maybe[])[]): Maybe[] => values.flatMap((row) => [...row]);

/** Opens a device of the backend for the tests of a group and makes it the default. */
export function useBackend(backend: BackendName): void {
  let device: Device | undefined;
  beforeAll(async () => {
    device = await openDevice(backend);
    setDefaultDevice(device);
  });
  afterAll(() => device?.close());
}

/**
 * Declares tests for the two backends that people forecast with: everything on wasm, a part on WebGPU. The reference backend, made to be
 * obvious rather than quick, takes minutes for one of these models.
 */
export function onBackends(title: string, body: (backend: BackendName, everything: boolean) => void): void {
  for (const backend of ['wasm', 'webgpu'] as const) {
    const missing =
      backend === 'webgpu' && webgpuEnvironment() === 'none'
        ? 'no WebGPU: the tests bring a driver for Linux on x64 only'
        : undefined;
    describeWhereFound(`${title} on ${backend}`, backend, missing, () => {
      beforeEach(({ task }) => {
        task.meta.backend = backend;
      });
      body(backend, backend === 'wasm');
    });
  }
}
