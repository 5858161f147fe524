import { openDevice, setDefaultDevice, tensor } from '@einlab/einsum-core';
import { assertClose } from '@einlab/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { createProjector, type ProjectorName, projectorNames } from './projector.ts';

beforeAll(async () => setDefaultDevice(await openDevice('wasm')));

/** The columns of a projector: what the unit vectors become. */
async function columnsOf(name: ProjectorName, rows: number, columns: number, seed = 3): Promise<Float32Array[]> {
  const projector = createProjector(name, { rows, columns, seed });
  return Promise.all(
    Array.from({ length: columns }, async (_, j) => {
      const unit = new Float32Array(columns);
      unit[j] = 1;
      return Float32Array.from(await projector.apply(tensor(unit)).data());
    }),
  );
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a, (x, i) => x * b[i]).reduce((s, x) => s + x, 0);

describe.each(projectorNames)('the projector %s', (name) => {
  it('is linear, of the right sizes, and the same for the same seed alone', async () => {
    for (const [rows, columns] of [
      [37, 11],
      [64, 16],
      [5, 5],
      [200, 3],
    ] as const) {
      const all = await columnsOf(name, rows, columns);
      expect(all.every((column) => column.length === rows)).toBe(true);
      const x = Float32Array.from({ length: columns }, (_, i) => Math.sin(i + 1));
      const projector = createProjector(name, { rows, columns, seed: 3 });
      const got = Float32Array.from(await projector.apply(tensor(x)).data());
      const expected = Array.from({ length: rows }, (_, row) =>
        dot(
          x,
          all.map((column) => column[row]),
        ),
      );
      assertClose(got, expected, { dtype: 'f32', reductionLength: 16 * columns });
      const again = await createProjector(name, { rows, columns, seed: 3 }).apply(tensor(x)).data();
      expect([...again]).toEqual([...got]);
      const other = await createProjector(name, { rows, columns, seed: 4 }).apply(tensor(x)).data();
      expect([...other]).not.toEqual([...got]);
    }
  });

  it('has columns of length near 1 that are nearly orthogonal', async () => {
    const all = await columnsOf(name, 1024, 16);
    let [lengths, products, worst] = [0, 0, 0];
    all.forEach((a, i) => {
      lengths += dot(a, a) / 16;
      all.forEach((b, j) => {
        if (i < j) {
          products += dot(a, b) ** 2 / 120;
          worst = Math.max(worst, Math.abs(dot(a, b)));
        }
      });
    });
    expect(Math.abs(lengths - 1)).toBeLessThan(0.15);
    // random directions in 1024 dimensions have products of about 1/√1024; those of two Kronecker factors with 32 rows are larger
    expect(Math.sqrt(products)).toBeLessThan(name === 'kronecker' ? 0.2 : 0.06);
    if (name === 'qr' || name === 'kronecker-qr') expect(worst).toBeLessThan(1e-5);
  });

  it('refuses more columns than rows', () => {
    expect(() => createProjector(name, { rows: 4, columns: 5, seed: 0 })).toThrow(
      'columns is 5; expected at most rows = 4',
    );
  });
});

describe('Kronecker projectors', () => {
  it('move no parameter twice: with as many columns as rows, the orthonormal one keeps lengths', async () => {
    const projector = createProjector('kronecker-qr', { rows: 49, columns: 49, seed: 8 });
    const x = Float32Array.from({ length: 49 }, (_, i) => Math.cos(3 * i));
    const y = await projector.apply(tensor(x)).data();
    expect(dot(y, y)).toBeCloseTo(dot(x, x), 4);
  });

  it('refuse an unknown name', () => {
    expect(() => createProjector('toString' as ProjectorName, { rows: 4, columns: 2, seed: 0 })).toThrow(
      'name is toString',
    );
  });
});
