// baselines
export type { Baseline, BaselineOptions } from './baseline/baseline.ts';
export { ets } from './baseline/ets.ts';
export { gaussianForecast, pointForecast } from './baseline/gaussian-forecast.ts';
export { drift, naive, seasonalNaive } from './baseline/naive.ts';
export { theta } from './baseline/theta.ts';
// charts
export { type FanChart, fanChart } from './chart/fan-chart.ts';
export { type LossCurve, lossCurve } from './chart/loss-curve.ts';
// configuration
export type {
  Chronos2Body,
  Chronos2Config,
  ChronosBoltConfig,
  ChronosConfig,
  ChronosGpt2Config,
  ChronosT5Config,
  Gpt2Config,
  SamplingDefaults,
  T5Config,
} from './config/chronos-config.ts';
export { readConfig } from './config/read-config.ts';
// forecasts and their scores
export { interpolateQuantiles, levelMasses, weightedQuantiles } from './forecast/interpolate-quantiles.ts';
export { deciles, type QuantileForecast } from './forecast/quantile-forecast.ts';
// models
export { type BoltForecaster, boltForecaster, type QuantilePaths } from './model/bolt/bolt-forecast.ts';
export { applyBolt, type BoltInputs, type BoltParameters, boltLoss, makeBolt } from './model/bolt/bolt-model.ts';
export {
  type Chronos2Forecaster,
  type Chronos2Options,
  chronos2Forecaster,
} from './model/chronos2/chronos2-forecast.ts';
export {
  applyChronos2,
  type Chronos2Inputs,
  type Chronos2Parameters,
  chronos2Loss,
  makeChronos2,
} from './model/chronos2/chronos2-model.ts';
export { type Chronos2Row, chronos2Batch } from './model/chronos2/chronos2-rows.ts';
export type { Chronos2Task, Covariate } from './model/chronos2/chronos2-task.ts';
export type { Embedding } from './model/embedding.ts';
export { type Gpt2Forecaster, gpt2Forecaster } from './model/gpt2/gpt2-forecast.ts';
export { gpt2Loss } from './model/gpt2/gpt2-loss.ts';
export { applyGpt2, type Gpt2Inputs, type Gpt2Parameters, makeGpt2 } from './model/gpt2/gpt2-model.ts';
export { type ParameterMaker, randomMaker, templateMaker } from './model/parameter-maker.ts';
export { type SamplingOptions, tokenProbabilities } from './model/sampling/sample-token.ts';
export type { SampleOptions, TokenForecaster } from './model/sampling/token-forecast.ts';
export { type T5Forecaster, t5Forecaster } from './model/seq2seq/t5-forecast.ts';
export { type T5Batch, t5Loss } from './model/seq2seq/t5-loss.ts';
export { type ChronosT5Parameters, decodeT5, encodeT5, makeChronosT5 } from './model/seq2seq/t5-model.ts';
// pipelines
export type { CallOptions, PipelineFitOptions, PredictOptions } from './pipeline/family.ts';
export { fromPretrained, type HubFetch, type PretrainedOptions } from './pipeline/from-pretrained.ts';
export type { HubOptions } from './pipeline/hub-files.ts';
export { type CheckpointFiles, type ChronosPipeline, type FittedPipeline, openPipeline } from './pipeline/pipeline.ts';
// scores
export { type AggregateScore, aggregateScores, type RelativeScore } from './score/aggregate.ts';
export { type Anomaly, anomaliesOf } from './score/anomalies.ts';
export {
  type BacktestData,
  type BacktestScores,
  backtest,
  eachSeries,
  type ForecastMany,
  seasonalNaivePoint,
} from './score/backtest.ts';
export { type PointErrors, pointErrors } from './score/point-errors.ts';
export {
  coverage,
  crps,
  crpsOfSamples,
  mase,
  meanQuantileLoss,
  medianOf,
  quantileLoss,
  type ScoredWindow,
  scaledQuantileLoss,
  seasonalError,
  weightedQuantileLoss,
} from './score/scores.ts';
export { type Frequency, seasonOf } from './score/season.ts';
export { type Calendar, calendarOf, inferCalendar, meetsCalendar, onCalendar } from './series/calendar.ts';
export { type SeasonalAdjustment, seasonalAdjustment } from './series/seasonal-adjustment.ts';
export { type SeasonalPattern, seasonalPatterns } from './series/seasonal-pattern.ts';
export { formatTimestamp, parseTimestamp, type Timestamp } from './series/timestamp.ts';
// training
export { type KernelSynthOptions, kernelSynth, type SyntheticSeries } from './synthetic/kernel-synth.ts';
export { type Relation, relatedSeries } from './synthetic/related-series.ts';
export { structuralSeries } from './synthetic/structural-series.ts';
export { dropValues, type MixupOptions, tsMixup } from './synthetic/ts-mixup.ts';
// tables
export type { ChosenColumns, ColumnChoice } from './table/choose-columns.ts';
export { columnsOfText } from './table/columns-of-text.ts';
export { type ForecastTable, predictTable, type SeriesForecast, type TableOptions } from './table/predict-table.ts';
export {
  type ReadOptions,
  type SeriesRemark,
  seriesOfTable,
  type TableReading,
  type TableSeries,
} from './table/series-of-table.ts';
export { type Cell, type Columns, columnsOf, type Table } from './table/table.ts';
// tokens
export {
  type ContextTokens,
  meanScaleTokenizer,
  type Tokenizer,
  type TokenizerOptions,
  type Tokens,
} from './tokenize/mean-scale-tokenizer.ts';
export { type UniformBins, uniformBins } from './tokenize/uniform-bins.ts';
export { type BoltBatch, boltBatch, boltBatches } from './training/bolt-batches.ts';
export type { FitOptions, FitResult } from './training/fit.ts';
export { fitBolt } from './training/fit-bolt.ts';
export { type FitChronos2Options, fitChronos2 } from './training/fit-chronos2.ts';
export { fitGpt2 } from './training/fit-gpt2.ts';
export { fitT5 } from './training/fit-t5.ts';
export type { GroupOptions } from './training/group-batches.ts';
export type { AdapterOptions } from './training/lora-adapter.ts';
export { type PaperSourceOptions, paperSources } from './training/paper-sources.ts';
export { type TrainBoltOptions, trainBolt } from './training/train-bolt.ts';
export { type TrainChronosOptions, trainChronos } from './training/train-chronos.ts';
export { type TrainChronos2Options, trainChronos2 } from './training/train-chronos2.ts';
export { type TrainGpt2Options, trainGpt2 } from './training/train-gpt2.ts';
export type { ScratchOptions } from './training/train-model.ts';
export { type TrainT5Options, trainT5 } from './training/train-t5.ts';
export type {
  BatchOptions,
  SeriesSource,
  TrainingWindow,
  WeightedSource,
} from './training/training-windows.ts';
export { loadWeights, type WeightOptions } from './weights/load-weights.ts';
export { type LoraConfig, mergeLora, readLoraConfig } from './weights/lora.ts';
export { t5Names } from './weights/t5-names.ts';
export { writeConfig } from './weights/write-config.ts';
