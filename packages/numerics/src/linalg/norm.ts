/** √Σxᵢ², scaled so that no square overflows or underflows. */
export function norm(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i += 1) largest = Math.max(largest, Math.abs(values[i]));
  if (!(largest > 0 && largest < Infinity)) return largest;
  let total = 0;
  for (let i = 0; i < values.length; i += 1) total += (values[i] / largest) ** 2;
  return largest * Math.sqrt(total);
}
