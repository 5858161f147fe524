/** What a minimization over x ≥ 0 ends with. */
export interface BoxMinimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly iterations: number;
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

/**
 * Minimizes a smooth function over x ≥ 0: limited-memory quasi-Newton directions on the coordinates that are not held at 0, projected
 * steps with backtracking.
 *
 * @param f - value and gradient.
 * @see Bertsekas 1982; Nocedal and Wright 2006, algorithm 7.4.
 */
export function minimizeNonnegative(
  f: (x: Float64Array) => { readonly value: number; readonly gradient: Float64Array },
  start: Float64Array,
  {
    iterations = 500,
    memory = 10,
    tolerance = 1e-7,
  }: { readonly iterations?: number; readonly memory?: number; readonly tolerance?: number } = {},
): BoxMinimum {
  let x = start.map((value) => Math.max(0, value));
  let { value, gradient } = f(x);
  const pairs: { readonly s: Float64Array; readonly y: Float64Array; readonly rho: number }[] = [];
  let made = 0;
  for (; made < iterations; made++) {
    const isHeld = Uint8Array.from(x, (each, i) => (each <= 0 && gradient[i] > 0 ? 1 : 0));
    const free = gradient.map((each, i) => (isHeld[i] === 1 ? 0 : each));
    let steepest = 0;
    x.forEach((each, i) => {
      steepest = Math.max(steepest, Math.abs(each - Math.max(0, each - free[i])));
    });
    if (steepest < tolerance) break;
    const direction = free.map((each) => -each);
    const alphas: number[] = [];
    for (let k = pairs.length - 1; k >= 0; k--) {
      const { s, y, rho } = pairs[k];
      const alpha = rho * dot(s, direction);
      alphas[k] = alpha;
      for (let i = 0; i < direction.length; i++) direction[i] -= alpha * y[i];
    }
    const last = pairs.at(-1);
    if (last !== undefined) {
      const scale = 1 / (last.rho * dot(last.y, last.y));
      for (let i = 0; i < direction.length; i++) direction[i] *= scale;
    }
    pairs.forEach(({ s, y, rho }, k) => {
      const beta = rho * dot(y, direction);
      for (let i = 0; i < direction.length; i++) direction[i] += (alphas[k] - beta) * s[i];
    });
    for (let i = 0; i < direction.length; i++) if (isHeld[i] === 1) direction[i] = 0;
    if (!(dot(direction, free) < 0)) direction.set(free.map((each) => -each));
    let step = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(free, free))) : 1;
    let next = x;
    let after = { value, gradient };
    for (let tries = 0; ; tries++) {
      next = x.map((each, i) => Math.max(0, each + step * direction[i]));
      after = f(next);
      const moved = next.map((each, i) => each - x[i]);
      if (after.value <= value + 1e-4 * dot(free, moved) || tries === 40) break;
      step /= 2;
    }
    if (!(after.value < value)) break;
    const isStalled = value - after.value <= 1e-9 * Math.max(1, Math.abs(value));
    const s = next.map((each, i) => each - x[i]);
    const y = after.gradient.map((each, i) => each - gradient[i]);
    const curvature = dot(s, y);
    if (curvature > 1e-12 * dot(y, y)) {
      pairs.push({ s, y, rho: 1 / curvature });
      if (pairs.length > memory) pairs.shift();
    }
    x = next;
    ({ value, gradient } = after);
    if (isStalled) break;
  }
  return { x, value, iterations: made };
}
