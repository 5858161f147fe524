import type { InstanceScale } from '../model/instance-norm.ts';

/** Weights of the newest value that are tried. */
const alphas = [0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.65, 0.85, 1];

/**
 * The level that a series has reached and the size of its surprises: simple exponential smoothing, with the weight of the newest value that makes the mean square of
 * one-step errors least. A random walk has its last value as the level, noise about a mean nearly that mean.
 *
 * @param values - NaN is missing
 * @returns level 0 and deviation 1 where nothing was observed; deviation 10⁻⁵ of the level where nothing surprises
 */
export function smoothedLevel(values: Float32Array): InstanceScale {
  const known = values.filter((value) => !Number.isNaN(value));
  if (known.length === 0) return { location: 0, scale: 1 };
  const head = Math.min(known.length, 6);
  const start = known.subarray(0, head).reduce((a, b) => a + b, 0) / head;
  let best = { squares: Infinity, level: start };
  for (const alpha of alphas) {
    let [level, squares] = [start, 0];
    for (const value of known) {
      const error = value - level;
      squares += error * error;
      level += alpha * error;
    }
    if (squares < best.squares) best = { squares, level };
  }
  const location = Math.fround(best.level);
  const scale = Math.fround(Math.sqrt(best.squares / known.length));
  const least = Math.fround(1e-5 * Math.max(1e-5, Math.abs(location)));
  return { location, scale: Math.max(scale, least) };
}
