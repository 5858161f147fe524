/** A · B for square matrices. */
export function multiplySquare(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const factor = a[i * size + k];
      if (factor === 0) continue;
      for (let j = 0; j < size; j++) result[i * size + j] += factor * b[k * size + j];
    }
  }
  return result;
}

/**
 * e^A by the Taylor series of A / 2ˢ, squared s times, with s so that the norm is below 1/2; 14 terms then leave less than 1e-16.
 *
 * @param a - `f64[size, size]`
 */
export function matrixExponential(a: Float64Array, size: number): Float64Array {
  let norm = 0;
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let j = 0; j < size; j++) sum += Math.abs(a[i * size + j]);
    norm = Math.max(norm, sum);
  }
  const squarings = norm > 0.5 ? Math.min(1000, Math.ceil(Math.log2(norm / 0.5))) : 0;
  const scaled = a.map((value) => value / 2 ** squarings);
  let result: Float64Array = new Float64Array(size * size);
  for (let i = 0; i < size; i++) result[i * size + i] = 1;
  let term: Float64Array = Float64Array.from(result);
  for (let k = 1; k <= 14; k++) {
    term = multiplySquare(term, scaled, size).map((value) => value / k);
    result = result.map((value, i) => value + term[i]);
  }
  for (let s = 0; s < squarings; s++) result = multiplySquare(result, result, size);
  return result;
}
