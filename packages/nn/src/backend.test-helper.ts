import {
  type Device,
  isTensor,
  openDevice,
  random,
  setDefaultDevice,
  type Tensor,
  treeLeaves,
} from '@einlab/einsum-core';
import { type AssertCloseOptions, assertClose, type BackendName } from '@einlab/testkit';
import { afterAll, beforeAll } from 'vitest';

/** Opens a device of the backend for the tests of a group and makes it the default. */
export function useBackend(backend: BackendName): () => Device {
  let device: Device | undefined;
  beforeAll(async () => {
    device = await openDevice(backend);
    setDefaultDevice(device);
  });
  afterAll(() => device?.close());
  return () => {
    if (device === undefined) throw new Error(`no ${backend} device is open yet`);
    return device;
  };
}

/** Compares within the tolerance of the backend's arithmetic. */
export function closeOn(
  backend: BackendName,
): (got: ArrayLike<number>, expected: ArrayLike<number>, options?: AssertCloseOptions) => void {
  return (got, expected, options) =>
    assertClose(got, expected, { dtype: backend === 'reference' ? 'f64' : 'f32', ...options });
}

/** A normal tensor of a seed, and its values as the device has them. */
export async function normalOf(seed: number, shape: readonly number[]): Promise<{ tensor: Tensor; values: number[] }> {
  const tensor = random.normal(random.key(seed), shape);
  return { tensor, values: [...(await tensor.data())] };
}

/** Every tensor's values, for exact comparison. */
export async function valuesOf(tree: unknown): Promise<number[][]> {
  return Promise.all(
    treeLeaves(tree)
      .filter(isTensor)
      .map(async (leaf) => [...(await leaf.data())]),
  );
}

/** row[i, j] = Σ_k x[i, k] · w[k, j], as loops over row-major lists. */
export function multiplyLoop(x: readonly number[], w: readonly number[], inner: number, columns: number): number[] {
  const rows = x.length / inner;
  return Array.from({ length: rows * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    let total = 0;
    for (let k = 0; k < inner; k++) total += (x[i * inner + k] ?? 0) * (w[k * columns + j] ?? 0);
    return total;
  });
}

/** Consecutive rows of a row-major list. */
export const rowsOf = (values: readonly number[], size: number): number[][] =>
  Array.from({ length: values.length / size }, (_, row) => values.slice(row * size, (row + 1) * size));

/** e^v / Σ e^v */
export function softmaxLoop(values: readonly number[]): number[] {
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

/** (v − mean) / √(variance + eps) */
export function normalizeLoop(values: readonly number[], eps: number): number[] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length;
  return values.map((value) => (value - mean) / Math.sqrt(variance + eps));
}
