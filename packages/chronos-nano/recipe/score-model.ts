import {
  aggregateScores,
  type BacktestData,
  type BoltParameters,
  backtest,
  boltForecaster,
  type ChronosBoltConfig,
  deciles,
  type ForecastMany,
  seasonalNaivePoint,
} from '@einlab/chronos';
import { keyFromSeed } from '@einlab/numerics';

/** A row of a table of results, relative to the seasonal naive forecast. */
export interface RelativeRow {
  readonly name: string;
  readonly wql: number;
  readonly mase: number;
}

/** Scores of a model on sets of series, relative to seasonal naive points, with their geometric means. */
export async function scoreModel(
  parameters: BoltParameters,
  config: ChronosBoltConfig,
  sets: readonly BacktestData[],
): Promise<{ rows: RelativeRow[]; wql: ReturnType<typeof aggregateScores>; mase: ReturnType<typeof aggregateScores> }> {
  const forecaster = boltForecaster(parameters, config);
  const model: ForecastMany = async (histories, { horizon, levels }) =>
    (await forecaster.forecast(histories, horizon)).map((rows) => ({
      levels,
      quantiles: rows.map((row) => Float64Array.from(row)),
      mean: Float64Array.from(rows[4] ?? []),
    }));
  const rows: RelativeRow[] = [];
  for (const set of sets) {
    const [own, naive] = [await backtest(set, model, deciles), await backtest(set, seasonalNaivePoint, deciles)];
    rows.push({ name: set.name, wql: own.wql / naive.wql, mase: own.mase / naive.mase });
  }
  forecaster.dispose();
  const over = (of: 'wql' | 'mase'): ReturnType<typeof aggregateScores> =>
    aggregateScores(
      rows.map((row) => ({ name: row.name, score: row[of], baseline: 1 })),
      keyFromSeed(0),
    );
  return { rows, wql: over('wql'), mase: over('mase') };
}
