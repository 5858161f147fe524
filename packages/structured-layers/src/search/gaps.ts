import { fitPowerLaw } from '../scaling/power-law.ts';
import type { SearchResult } from './search-run.ts';

const mean = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0) / values.length;

/**
 * How far candidates are from the baseline at equal compute: the mean of log(loss) − log(baseline's loss there), over widths and seeds. The
 * baseline's loss at a compute that it was not trained at is that of the power law through its own runs, or of its one run.
 */
export function gapsToBaseline(baseline: string, results: readonly SearchResult[]): ReadonlyMap<string, number> {
  const own = results.filter(({ candidate }) => candidate === baseline);
  const widths = [...new Set(own.map(({ width }) => width))];
  const points = widths.map((width) => {
    const runs = own.filter((run) => run.width === width);
    return { compute: runs[0]?.compute ?? 1, loss: Math.exp(mean(runs.map(({ loss }) => Math.log(loss)))) };
  });
  const law = fitPowerLaw(points);
  const expected = (compute: number): number =>
    law === undefined
      ? Math.log(points[0]?.loss ?? Number.NaN)
      : Math.log(law.coefficient) - law.exponent * Math.log(compute);
  const names = [...new Set(results.map(({ candidate }) => candidate))];
  return new Map(
    points.length === 0
      ? []
      : names.map((name): [string, number] => {
          const runs = results.filter(({ candidate }) => candidate === name);
          // a run that came to nothing is worse than every other
          const gaps = runs.map(({ loss, compute }) => (loss > 0 ? Math.log(loss) - expected(compute) : Infinity));
          return [name, mean(gaps)];
        }),
  );
}
