/**
 * The smallest value of a function over an interval: a scan of `points` places, then golden sections around the best of them. A search that
 * left the interval, or trusted one starting point, would run off where the function is flat far away.
 */
export function minimizeOn(
  f: (x: number) => number,
  low: number,
  high: number,
  points: number = 400,
): { readonly at: number; readonly value: number } {
  const step = (high - low) / points;
  let best = { at: low, value: f(low) };
  for (let i = 1; i <= points; i++) {
    const at = low + i * step;
    const value = f(at);
    if (value < best.value) best = { at, value };
  }
  const golden = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [Math.max(low, best.at - step), Math.min(high, best.at + step)];
  let [c, d] = [b - golden * (b - a), a + golden * (b - a)];
  let [fc, fd] = [f(c), f(d)];
  for (let i = 0; i < 80 && b - a > 1e-12 * (1 + Math.abs(a)); i++) {
    if (fc < fd) {
      [b, d, fd] = [d, c, fc];
      c = b - golden * (b - a);
      fc = f(c);
    } else {
      [a, c, fc] = [c, d, fd];
      d = a + golden * (b - a);
      fd = f(d);
    }
  }
  for (const [at, value] of [
    [c, fc],
    [d, fd],
  ] as const) {
    if (value < best.value) best = { at, value };
  }
  return best;
}
