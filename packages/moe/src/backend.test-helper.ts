import { openDevice, setDefaultDevice, type Tensor, tensor } from '@einlab/einsum-core';
import { type AssertCloseOptions, assertClose, type BackendName } from '@einlab/testkit';
import { afterAll, beforeAll } from 'vitest';

/** Opens a device of the backend for the tests of a group and makes it the default. */
export function useBackend(backend: BackendName): void {
  let close: (() => void) | undefined;
  beforeAll(async () => {
    const device = await openDevice(backend);
    setDefaultDevice(device);
    close = () => device.close();
  });
  afterAll(() => close?.());
}

/** Compares within the tolerance of the backend's arithmetic. */
export const closeOn =
  (backend: BackendName) =>
  (got: ArrayLike<number>, expected: ArrayLike<number>, options?: AssertCloseOptions): void =>
    assertClose(got, expected, { dtype: backend === 'reference' ? 'f64' : 'f32', ...options });

/** A matrix from its rows. */
export const matrixOf = (rows: readonly (readonly number[])[], columns: number): Tensor =>
  tensor(Float32Array.from(rows.flat()), { shape: [rows.length, columns] });

/** Consecutive rows of a row-major list. */
export const rowsOf = (values: ArrayLike<number>, size: number): number[][] =>
  Array.from({ length: values.length / size }, (_, row) =>
    Array.from({ length: size }, (_, column) => values[row * size + column] ?? Number.NaN),
  );
