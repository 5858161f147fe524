import { assertClose, float32, property, wellConditioned } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jacobiSvd } from './jacobi-svd.ts';
import { leastSquares } from './least-squares.ts';
import { identityMatrix, type Matrix, matrix, matrixMultiply, matrixTranspose } from './matrix.ts';
import { matrixRank } from './matrix-rank.ts';
import { norm } from './norm.ts';
import { qr } from './qr.ts';

const sized = (rows: number, columns: number): fc.Arbitrary<Matrix> =>
  fc
    .array(float32(), { minLength: rows * columns, maxLength: rows * columns })
    .map((values) => matrix(rows, columns, values));
const size = fc.integer({ min: 0, max: 7 });
const anyMatrix = fc.tuple(size, size).chain(([rows, columns]) => sized(rows, columns));

/** A product of two thin factors: rank at most `rank`, exactly that for the seeds in use unless a factor degenerates. */
const lowRank = fc
  .record({
    rows: fc.integer({ min: 1, max: 7 }),
    columns: fc.integer({ min: 1, max: 7 }),
    rank: fc.integer({ min: 0, max: 4 }),
  })
  .chain(({ rows, columns, rank }) => fc.tuple(sized(rows, rank), sized(rank, columns)));

/** Enough for the sums and rotations of matrices up to 8 × 8. */
const precision = { dtype: 'f64', reductionLength: 200 } as const;

function assertOrthonormalColumns(q: Matrix): void {
  assertClose(matrixMultiply(matrixTranspose(q), q).values, identityMatrix(q.columns).values, precision);
}

describe('matrix', () => {
  it('refuses sizes and values that do not fit', () => {
    expect(() => matrix(2, 2, [1, 2, 3])).toThrow('2 × 2 needs 4 values, got 3');
    expect(() => matrix(-1, 2)).toThrow('got -1 and 2');
    expect(() => matrixMultiply(matrix(2, 3), matrix(2, 3))).toThrow('3 columns meet 2 rows');
  });

  it('copies its values', () => {
    const values = Float64Array.of(1);
    const a = matrix(1, 1, values);
    values[0] = 2;
    expect(a.values[0]).toBe(1);
  });

  it('multiplies', () => {
    expect([...matrixMultiply(matrix(2, 3, [1, 2, 3, 4, 5, 6]), matrix(3, 1, [1, 10, 100])).values]).toEqual([
      321, 654,
    ]);
  });

  property(
    '(A·B)ᵀ = Bᵀ·Aᵀ',
    fc.tuple(size, size, size).chain(([n, k, m]) => fc.tuple(sized(n, k), sized(k, m))),
    ([a, b]) => {
      const left = matrixTranspose(matrixMultiply(a, b));
      const right = matrixMultiply(matrixTranspose(b), matrixTranspose(a));
      expect([left.rows, left.columns]).toEqual([right.rows, right.columns]);
      assertClose(left.values, right.values, { ...precision, scale: 700 });
    },
  );
});

describe('norm', () => {
  it('neither overflows nor underflows', () => {
    expect(norm([3e200, 4e200]) / 5e200).toBeCloseTo(1, 14);
    expect(norm([3e-200, 4e-200]) / 5e-200).toBeCloseTo(1, 14);
    expect([norm([]), norm([0]), norm([Infinity, 1])]).toEqual([0, 0, Infinity]);
  });
});

describe('jacobiSvd', () => {
  property(
    'A = U·diag(S)·Vᵀ with orthonormal U, V and descending S, also for rank-deficient A',
    fc.oneof(
      anyMatrix,
      lowRank.map(([l, r]) => matrixMultiply(l, r)),
    ),
    (a) => {
      const { u, singularValues, v } = jacobiSvd(a);
      const count = Math.min(a.rows, a.columns);
      expect([u.rows, u.columns, v.rows, v.columns, singularValues.length]).toEqual([
        a.rows,
        count,
        a.columns,
        count,
        count,
      ]);
      const scaled = matrix(
        a.rows,
        count,
        u.values.map((x, i) => x * singularValues[i % count]),
      );
      assertClose(matrixMultiply(scaled, matrixTranspose(v)).values, a.values, {
        ...precision,
        scale: singularValues[0] ?? 1,
      });
      assertOrthonormalColumns(u);
      assertOrthonormalColumns(v);
      expect([...singularValues]).toEqual([...singularValues].sort((p, q) => q - p));
      expect(singularValues.every((value) => value >= 0)).toBe(true);
    },
  );

  property(
    'has the condition number that the matrix was made with',
    wellConditioned({ maxSize: 8 }),
    ({ size: n, values, condition }) => {
      const { singularValues } = jacobiSvd(matrix(n, n, values));
      assertClose([singularValues[0] / singularValues[n - 1]], [condition], {
        ...precision,
        scale: condition * condition,
      });
    },
  );

  it('knows the singular values of the Hilbert matrix of order 3', () => {
    const hilbert = matrix(3, 3, [1, 1 / 2, 1 / 3, 1 / 2, 1 / 3, 1 / 4, 1 / 3, 1 / 4, 1 / 5]);
    // Their product is the determinant, 1/2160, their sum the trace, 23/15; the matrix is positive definite.
    const { singularValues } = jacobiSvd(hilbert);
    assertClose([singularValues.reduce((a, b) => a * b)], [1 / 2160], { ...precision, scale: 1e-1 });
    assertClose([singularValues.reduce((a, b) => a + b)], [23 / 15], precision);
  });

  it('is not troubled by size: huge, tiny and graded matrices', () => {
    assertClose(jacobiSvd(matrix(2, 2, [3e300, 0, 0, 4e300])).singularValues, [4e300, 3e300], precision);
    assertClose(jacobiSvd(matrix(2, 2, [0, 3e-300, 4e-300, 0])).singularValues, [4e-300, 3e-300], precision);
    const graded = jacobiSvd(matrix(2, 2, [1, 1e-20, 0, 1e-20])).singularValues;
    assertClose([graded[1]], [1e-20], precision);
    expect([...jacobiSvd(matrix(3, 2)).singularValues]).toEqual([0, 0]);
  });

  it('refuses an element that is not finite and says which', () => {
    expect(() => jacobiSvd(matrix(2, 2, [1, 2, Number.NaN, 4]))).toThrow('element (1, 0) must be finite, got NaN');
  });
});

describe('matrixRank', () => {
  property(
    'is at most that of the factors, and that of the Gram matrix of a product of full ones',
    lowRank,
    ([left, right]) => {
      const rank = matrixRank(matrixMultiply(left, right), { tolerance: 1e-9 });
      expect(rank).toBeLessThanOrEqual(Math.min(matrixRank(left), matrixRank(right)));
      expect(rank).toBe(matrixRank(matrixTranspose(matrixMultiply(left, right)), { tolerance: 1e-9 }));
    },
  );

  it('counts', () => {
    expect(matrixRank(matrix(2, 2, [1, 2, 2, 4]))).toBe(1);
    expect(matrixRank(identityMatrix(5))).toBe(5);
    expect(matrixRank(matrix(3, 4))).toBe(0);
    expect(matrixRank(matrix(0, 4))).toBe(0);
    expect(matrixRank(matrix(2, 2, [1, 0, 0, 1e-7]), { tolerance: 1e-6 })).toBe(1);
  });
});

describe('qr', () => {
  property('A·P = Q·R with orthonormal Q and triangular R', fc.tuple(anyMatrix, fc.boolean()), ([a, pivot]) => {
    const { q, r, order } = qr(a, { pivot });
    const permuted = matrix(
      a.rows,
      a.columns,
      a.values.map((_, i) => a.values[i - (i % a.columns) + order[i % a.columns]]),
    );
    assertClose(matrixMultiply(q, r).values, permuted.values, { ...precision, scale: 100 });
    assertOrthonormalColumns(q);
    r.values.forEach((value, i) => {
      if (Math.floor(i / r.columns) > i % r.columns) expect(value).toBe(0);
    });
    const diagonal = Array.from({ length: r.rows }, (_, i) => Math.abs(r.values[i * r.columns + i]));
    if (pivot)
      assertClose(
        diagonal,
        [...diagonal].sort((p, q) => q - p),
        precision,
      );
    else expect([...order]).toEqual([...order.keys()]);
  });
});

describe('leastSquares', () => {
  property(
    'leaves a residual orthogonal to the columns of A, whatever its rank',
    fc
      .oneof(
        anyMatrix,
        lowRank.map(([l, r]) => matrixMultiply(l, r)),
      )
      .chain((a) => fc.tuple(fc.constant(a), fc.array(float32(), { minLength: a.rows, maxLength: a.rows }))),
    ([a, b]) => {
      const { solution, residualSquares, rank } = leastSquares(a, b);
      const residual = matrixMultiply(a, matrix(a.columns, 1, solution)).values.map((x, i) => x - b[i]);
      const gradient = matrixMultiply(matrixTranspose(a), matrix(a.rows, 1, residual)).values;
      const terms = norm(a.values) * norm(solution) + norm(b);
      assertClose(gradient, new Float64Array(a.columns), { ...precision, scale: 1e3 * norm(a.values) * terms });
      assertClose([residualSquares], [residual.reduce((total, x) => total + x * x, 0)], {
        ...precision,
        scale: terms * terms,
      });
      expect(rank).toBeLessThanOrEqual(Math.min(a.rows, a.columns));
    },
  );

  property(
    'recovers the coefficients of a solvable system',
    wellConditioned({ maxSize: 8 }).chain((m) =>
      fc.tuple(fc.constant(m), fc.array(float32(), { minLength: m.size, maxLength: m.size })),
    ),
    ([{ size: n, values, condition }, x]) => {
      const a = matrix(n, n, values);
      const b = matrixMultiply(a, matrix(n, 1, x)).values;
      const { solution, rank } = leastSquares(a, b);
      expect(rank).toBe(n);
      assertClose(solution, x, { ...precision, scale: 10 * condition * n });
    },
  );

  it('fits a power law on logarithms', () => {
    const compute = [1e6, 1e7, 1e8, 1e9];
    const loss = compute.map((c) => 5 * c ** -0.07);
    const a = matrix(
      4,
      2,
      compute.flatMap((c) => [1, Math.log(c)]),
    );
    const { solution, residualSquares } = leastSquares(a, loss.map(Math.log));
    assertClose(solution, [Math.log(5), -0.07], { ...precision, scale: 100 });
    expect(residualSquares).toBeLessThan(1e-24);
  });

  it('gives 0 to a column that depends on others', () => {
    const { solution, rank } = leastSquares(matrix(3, 2, [1, 2, 1, 2, 1, 2]), [2, 4, 6]);
    expect(rank).toBe(1);
    expect([...solution].filter((x) => x === 0)).toHaveLength(1);
    assertClose([solution[0] + 2 * solution[1]], [4], precision);
  });

  it('refuses a b of another length and elements that are not finite', () => {
    expect(() => leastSquares(matrix(2, 1), [1])).toThrow('2 rows but b has 1 values');
    expect(() => leastSquares(matrix(1, 1, [Number.NaN]), [1])).toThrow('value 0 of A must be finite, got NaN');
    expect(() => leastSquares(matrix(1, 1, [1]), [Infinity])).toThrow('value 0 of b must be finite, got Infinity');
  });
});
