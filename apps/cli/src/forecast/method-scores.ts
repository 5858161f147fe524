import {
  type BacktestData,
  backtest,
  type ChronosPipeline,
  deciles,
  eachSeries,
  ets,
  type ForecastMany,
  seasonalNaivePoint,
  theta,
} from '@einlab/chronos';
import { EinlabError } from '@einlab/einsum-core';
import { inputError } from '../command-error.ts';

/** Scores of one method; lower is better. */
export interface MethodScores {
  readonly method: string;
  readonly mase: number;
  readonly wql: number;
  /** Windows that were scored. */
  readonly windows: number;
}

/** The model and what it is compared with. */
export const methodsWith = (model: ChronosPipeline): readonly (readonly [string, ForecastMany])[] => [
  ['model', (histories, asked) => model.predictQuantiles(histories, asked)],
  ['seasonal naive', seasonalNaivePoint],
  ['theta', eachSeries(theta)],
  ['ETS', eachSeries(ets)],
];

/** Scores of methods on the last windows of series. @throws {CommandError} status 2 for series that are too short */
export async function methodScores(
  data: BacktestData,
  methods: readonly (readonly [string, ForecastMany])[],
): Promise<readonly MethodScores[]> {
  const rows: MethodScores[] = [];
  for (const [method, run] of methods) {
    try {
      const { mase, wql, windows } = await backtest(data, run, deciles);
      rows.push({ method, mase, wql, windows });
    } catch (error) {
      throw error instanceof EinlabError ? inputError(`einlab forecast: --backtest: ${error.message}`) : error;
    }
  }
  return rows;
}
