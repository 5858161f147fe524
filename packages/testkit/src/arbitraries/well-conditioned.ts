import fc from 'fast-check';

/** A square matrix with a known bound on its condition number. */
export interface WellConditionedMatrix {
  readonly size: number;
  /** `f64[row, column]`, row-major. */
  readonly values: Float64Array;
  /** Ratio of the largest to the smallest singular value. */
  readonly condition: number;
}

/** Options of `wellConditioned`. */
export interface WellConditionedOptions {
  /** Smallest size; 1 by default. */
  readonly minSize?: number;
  /** Largest size; 6 by default. */
  readonly maxSize?: number;
  /** Largest condition number; 100 by default. */
  readonly maxCondition?: number;
}

/**
 * Square matrices A = P · diag(d) · Q with P, Q Householder reflections and d in [1, maxCondition], so that the singular
 * values are d and no solver has an excuse.
 */
export function wellConditioned(options: WellConditionedOptions = {}): fc.Arbitrary<WellConditionedMatrix> {
  const { minSize = 1, maxSize = 6, maxCondition = 100 } = options;
  return fc.integer({ min: minSize, max: maxSize }).chain((size) => {
    const list = (element: fc.Arbitrary<number>): fc.Arbitrary<number[]> =>
      fc.array(element, { minLength: size, maxLength: size });
    const direction = list(fc.integer({ min: -8, max: 8 }));
    const singular = list(fc.double({ min: 1, max: maxCondition, noNaN: true }));
    return fc.tuple(direction, singular, direction).map(([left, d, right]) => {
      const values = new Float64Array(size * size);
      for (let i = 0; i < size; i += 1) values[i * size + i] = d[i] ?? 1;
      reflectRows(values, size, left);
      reflectColumns(values, size, right);
      return { size, values, condition: Math.max(...d) / Math.min(...d) };
    });
  });
}

/** A ← (I − 2vvᵀ/vᵀv) · A; nothing when v = 0. */
function reflectRows(a: Float64Array, size: number, v: readonly number[]): void {
  const norm = v.reduce((sum, x) => sum + x * x, 0);
  if (norm === 0) return;
  for (let column = 0; column < size; column += 1) {
    let dot = 0;
    for (let row = 0; row < size; row += 1) dot += (v[row] ?? 0) * (a[row * size + column] ?? 0);
    for (let row = 0; row < size; row += 1) {
      const at = row * size + column;
      a[at] = (a[at] ?? 0) - ((2 * dot) / norm) * (v[row] ?? 0);
    }
  }
}

/** A ← A · (I − 2vvᵀ/vᵀv); nothing when v = 0. */
function reflectColumns(a: Float64Array, size: number, v: readonly number[]): void {
  const norm = v.reduce((sum, x) => sum + x * x, 0);
  if (norm === 0) return;
  for (let row = 0; row < size; row += 1) {
    let dot = 0;
    for (let column = 0; column < size; column += 1) dot += (v[column] ?? 0) * (a[row * size + column] ?? 0);
    for (let column = 0; column < size; column += 1) {
      const at = row * size + column;
      a[at] = (a[at] ?? 0) - ((2 * dot) / norm) * (v[column] ?? 0);
    }
  }
}
