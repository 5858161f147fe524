/** A trained model: what it cost and what it reached. */
export interface ScalingPoint {
  /** Multiply-accumulates; above 0. */
  readonly compute: number;
  /** Above 0; lower is better. */
  readonly loss: number;
}

/**
 * The compute frontier: vertices of the lower convex hull of (log compute, log loss), as far as the loss falls.
 *
 * A point is left out when another costs no more and is no worse, or when it lies above the line between two others.
 *
 * @returns points by rising compute and strictly falling loss.
 * @see Qiu et al. 2024, Compute Better Spent: frontiers of loss against compute.
 */
export function frontier(points: readonly ScalingPoint[]): readonly ScalingPoint[] {
  const sorted = [...points]
    .filter(({ compute, loss }) => compute > 0 && loss > 0 && Number.isFinite(compute) && Number.isFinite(loss))
    .sort((a, b) => a.compute - b.compute || a.loss - b.loss);
  const falling: ScalingPoint[] = [];
  for (const point of sorted) {
    const last = falling.at(-1);
    if (last === undefined || point.loss < last.loss) falling.push(point);
  }
  const hull: ScalingPoint[] = [];
  for (const point of falling) {
    while (hull.length >= 2 && !bendsUp(hull.at(-2), hull.at(-1), point)) hull.pop();
    hull.push(point);
  }
  return hull;
}

/** Slopes that differ by less are equal: points of an exact power law lie on one line, and all stay. */
const sameSlope = 1e-9;

/** Is the path a → b → c straight, or does it bend upwards at b, in logarithms? */
function bendsUp(a: ScalingPoint | undefined, b: ScalingPoint | undefined, c: ScalingPoint): boolean {
  if (a === undefined || b === undefined) return true;
  const slope = (from: ScalingPoint, to: ScalingPoint): number =>
    Math.log(to.loss / from.loss) / Math.log(to.compute / from.compute);
  return slope(a, b) < slope(b, c) + sameSlope;
}

/**
 * The compute at which a frontier reaches a loss, interpolated in logarithms.
 *
 * @param line - as `frontier` returns it.
 * @returns undefined for a loss outside the frontier's range: nothing is extrapolated.
 */
export function computeAtLoss(line: readonly ScalingPoint[], loss: number): number | undefined {
  const exact = line.find((point) => point.loss === loss);
  if (exact !== undefined) return exact.compute;
  for (let i = 1; i < line.length; i++) {
    const above = line[i - 1];
    const below = line[i];
    if (above === undefined || below === undefined || loss > above.loss || loss < below.loss) continue;
    const share = Math.log(above.loss / loss) / Math.log(above.loss / below.loss);
    return above.compute * (below.compute / above.compute) ** share;
  }
  return undefined;
}
