/** A least point as a simplex of guesses found it. */
export interface Minimum {
  readonly point: readonly number[];
  readonly value: number;
}

/**
 * A local minimum without derivatives: a simplex of n + 1 points that is reflected, expanded, contracted and shrunk.
 *
 * @param f - may return Infinity for points that are not allowed
 * @param start - the first point; the others are `step` further along each axis
 * @see Nelder, Mead 1965, "A simplex method for function minimization", with its coefficients 1, 2, ½, ½
 */
export function nelderMead(
  f: (point: readonly number[]) => number,
  start: readonly number[],
  options: { readonly step?: number; readonly evaluations?: number; readonly tolerance?: number } = {},
): Minimum {
  const { step = 0.1, evaluations = 200 * start.length, tolerance = 1e-8 } = options;
  const evaluated = (point: readonly number[]): Minimum => ({ point, value: f(point) });
  let simplex = [start, ...start.map((_, axis) => start.map((x, i) => (i === axis ? x + step : x)))].map(evaluated);
  let used = simplex.length;
  while (used < evaluations) {
    simplex = simplex.toSorted((a, b) => a.value - b.value);
    const [best, worst] = [simplex[0], simplex[simplex.length - 1]];
    if (worst.value - best.value <= tolerance * (Math.abs(best.value) + tolerance)) break;
    const rest = simplex.slice(0, -1);
    const center = start.map((_, i) => rest.reduce((total, { point }) => total + point[i], 0) / rest.length);
    const towards = (factor: number): Minimum => evaluated(center.map((x, i) => x + factor * (worst.point[i] - x)));
    const reflected = towards(-1);
    used += 1;
    if (reflected.value < best.value) {
      const expanded = towards(-2);
      used += 1;
      simplex = [...rest, expanded.value < reflected.value ? expanded : reflected];
    } else if (reflected.value < rest[rest.length - 1].value) simplex = [...rest, reflected];
    else {
      const contracted = towards(reflected.value < worst.value ? -0.5 : 0.5);
      used += 1;
      if (contracted.value < Math.min(reflected.value, worst.value)) simplex = [...rest, contracted];
      else {
        simplex = [
          best,
          ...simplex.slice(1).map(({ point }) => evaluated(point.map((x, i) => (x + best.point[i]) / 2))),
        ];
        used += simplex.length - 1;
      }
    }
  }
  return simplex.toSorted((a, b) => a.value - b.value)[0];
}
