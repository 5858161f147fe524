/** A covariance function on the grid i/(length − 1), i = 0, 1, …, length − 1. */
export interface Kernel {
  readonly name: string;
  /** Depends on the distance of two points alone, so one row tells the whole matrix. */
  readonly stationary: boolean;
  /** Covariance of the grid points i and j. */
  readonly at: (i: number, j: number) => number;
}

/** Periods in steps: days in hours, half-hours and quarters, weeks, months, years and their multiples. Duplicates count: they set weights. */
const periods = [24, 48, 96, 168, 336, 672, 7, 14, 30, 60, 365, 730, 4, 26, 52, 4, 6, 12, 4, 40, 10];

/**
 * The 33 kernels that synthetic series are composed of, for a grid of a length: 21 periodic, 3 linear, 3 squared-exponential, 3 rational
 * quadratic, 2 of white noise, 1 constant.
 *
 * @param length - points of the grid
 * @see Ansari et al. 2024, "Chronos: Learning the Language of Time Series", §4.2 and table 5
 */
export function kernelBank(length: number): readonly Kernel[] {
  const x = (i: number): number => i / (length - 1);
  const d = (i: number, j: number): number => Math.abs(x(i) - x(j));
  const stationary = (name: string, of: (distance: number) => number): Kernel => ({
    name,
    stationary: true,
    at: (i, j) => of(d(i, j)),
  });
  return [
    ...periods.map((steps) =>
      stationary(`periodic ${steps}`, (r) => Math.exp(-2 * Math.sin((Math.PI * r * length) / steps) ** 2)),
    ),
    ...[0, 1, 10].map(
      (sigma): Kernel => ({ name: `linear ${sigma}`, stationary: false, at: (i, j) => sigma ** 2 + x(i) * x(j) }),
    ),
    ...[0.1, 1, 10].map((scale) => stationary(`rbf ${scale}`, (r) => Math.exp(-(r * r) / (2 * scale * scale)))),
    ...[0.1, 1, 10].map((alpha) =>
      stationary(`rational quadratic ${alpha}`, (r) => (1 + (r * r) / (2 * alpha)) ** -alpha),
    ),
    ...[0.1, 1].map((noise) => stationary(`white ${noise}`, (r) => (r === 0 ? noise : 0))),
    stationary('constant', () => 1),
  ];
}
