/** Location and scale of a series. */
export interface InstanceScale {
  readonly location: number;
  readonly scale: number;
}

/**
 * Mean and population deviation of what was observed, each rounded to f32.
 *
 * @param values - NaN is missing
 * @returns location 0 where nothing was observed; scale 1 where nothing was observed and 10⁻⁵ where all values are equal
 */
export function instanceScale(values: Float32Array): InstanceScale {
  let [total, count] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    total += value;
    count += 1;
  }
  if (count === 0) return { location: 0, scale: 1 };
  const location = Math.fround(total / count);
  let squares = 0;
  for (const value of values) {
    if (!Number.isNaN(value)) squares += Math.fround(value - location) ** 2;
  }
  const scale = Math.fround(Math.sqrt(squares / count));
  return { location, scale: scale === 0 ? Math.fround(1e-5) : scale };
}

/** (x − location)/scale in f32. */
export const normalizeValue = (value: number, { location, scale }: InstanceScale): number =>
  Math.fround(Math.fround(value - location) / scale);
