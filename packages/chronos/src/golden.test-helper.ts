import { readFileSync } from 'node:fs';
import {
  compile,
  type Device,
  isTensor,
  openDevice,
  setDefaultDevice,
  type Tensor,
  treeEntries,
  valueAndGrad,
} from '@einlab/einsum-core';
import { adamW, clipByGlobalNorm } from '@einlab/nn';
import { type BackendName, describeWhereFound, loadGolden, sharedPath, webgpuEnvironment } from '@einlab/testkit';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import type { ChronosConfig } from './config/chronos-config.ts';
import { readConfig } from './config/read-config.ts';
import { type ParameterMaker, templateMaker } from './model/parameter-maker.ts';
import { loadWeights } from './weights/load-weights.ts';
import { t5Names } from './weights/t5-names.ts';

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

/** A checkpoint among the fixtures, which must be of a family. */
export async function fixtureModel<Family extends ChronosConfig['family'], Parameters>(
  folder: string,
  family: Family,
  make: (maker: ParameterMaker, config: Extract<ChronosConfig, { family: Family }>) => Parameters,
): Promise<{ config: Extract<ChronosConfig, { family: Family }>; parameters: Parameters }> {
  const config = fixtureConfig(folder, family);
  const path = fixturePath(folder, 'model.safetensors');
  const parameters = await loadWeights(make(templateMaker, config), path, { source: folder, ...t5Names });
  return { config, parameters };
}

/** A golden training step: a loss and, of every gradient, its norm and first elements. */
export interface GoldenStep {
  loss: number;
  grads: Record<string, { norm: number; first: number[] }>;
}

/**
 * Expects the loss and every gradient of a golden training step.
 *
 * @param least - norms below this are compared as if they were this large
 */
export async function expectGoldenStep<Parameters>(
  parameters: Parameters,
  loss: (own: Parameters) => Tensor,
  step: GoldenStep,
  least: number = 1e-6,
): Promise<void> {
  const [value, grads] = await compile((own: Parameters) => valueAndGrad(loss)(own))(parameters);
  expectClose([await value.item()], [step.loss], 1e-4, 'loss');
  const byName = new Map(treeEntries(grads));
  expect([...byName.keys()].sort()).toEqual(Object.keys(step.grads).sort());
  for (const [name, expected] of Object.entries(step.grads)) {
    const gradient = byName.get(name);
    if (!isTensor(gradient)) throw new Error(`no gradient of ${name}`);
    const values = [...(await gradient.data())];
    const size = 1e-3 * Math.max(expected.norm, least);
    expect(Math.abs(Math.hypot(...values) - expected.norm), `norm of ${name}`).toBeLessThanOrEqual(size);
    const errors = expected.first.map((wanted, i) => Math.abs(values[i] - wanted));
    expect(Math.max(...errors), name).toBeLessThanOrEqual(size);
  }
}

/** Expects the losses of ten golden steps of AdamW. */
export async function expectGoldenAdamW<Parameters>(
  parameters: Parameters,
  loss: (own: Parameters) => Tensor,
  golden10: { lr: number; weight_decay: number; clip: number; losses: number[] },
): Promise<void> {
  const { lr, weight_decay: decay, clip, losses } = golden10;
  const optimizer = adamW({ rate: lr, weightDecay: lr * decay, decay: () => true });
  const update = compile((own: Parameters, state: ReturnType<typeof optimizer.init>) => {
    const [now, gradients] = valueAndGrad(loss)(own);
    return { now, ...optimizer.update(clipByGlobalNorm(gradients, clip).grads, state, own) };
  });
  let [own, state] = [parameters, optimizer.init(parameters)];
  const seen: number[] = [];
  for (let i = 0; i < losses.length; i++) {
    const next = await update(own, state);
    seen.push(await next.now.item());
    [own, state] = [next.params, next.state];
  }
  expectClose(seen, losses, 1e-3, 'losses of AdamW');
}
