import { benchmarkNames } from '../forecast/benchmark.ts';
import { families } from '../forecast/train-forecaster.ts';
import { choice, flag, integer, type Option, type OptionValues, path } from '../options/option.ts';

const levels: Option<readonly number[]> = {
  metavar: 'LIST',
  help: 'quantiles to forecast (0.1,0.5,0.9)',
  expected: 'rising numbers between 0 and 1, such as 0.1,0.5,0.9',
  read: (text) => {
    const all = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
    return all.every((level, i) => level > (i === 0 ? 0 : (all[i - 1] ?? 1)) && level < 1) ? all : undefined;
  },
};

const names: Option<readonly string[]> = {
  metavar: 'LIST',
  help: 'columns that the model may look at beside the target; a Chronos-2 model is needed',
  expected: 'names of columns with commas between them, such as price,weather',
  read: (text) => {
    const all = text.split(',').map((part) => part.trim());
    return all.some((part) => part === '') ? undefined : all;
  },
};

/** What `einlab forecast` takes. */
export const forecastOptions = {
  column: path('NAME', 'the column to forecast; without it, the first one of numbers'),
  time: path(
    'NAME',
    'the column of times, or those of its parts, as in year,quarter; without it, the first one that holds times, or columns called year and quarter or month',
  ),
  id: path(
    'NAME',
    'the column that tells several series apart; without it, one that is called id, item_id or unique_id',
  ),
  horizon: integer('steps to forecast (one season, at least 12)', 1, 100_000),
  frequency: path('NAME', 'steps: s, min, 15min, 30min, h, D, B, W, ME, QE, YE; without it, found out from the times'),
  season: integer('steps of a season, for the scores (found out from the frequency)', 1, 100_000),
  covariates: names,
  future: path('FILE', 'the future of covariates that is known: ids, times and covariates, a row for each step'),
  model: path(
    'NAME',
    'nano, which is installed (the default), a folder with config.json and model.safetensors, or an id of the Hugging Face hub',
  ),
  quantiles: levels,
  backtest: integer('forecast the last N windows of each series from what came before them, and score that', 1, 1000),
  benchmark: choice(benchmarkNames, 'score the model on a set with published scores; FILE is the folder of the set'),
  out: path('FILE', 'write the forecast as comma-separated values; for einlab forecast train, the folder of the model'),
  plot: path('FILE', 'write a chart of the first series, as SVG or PNG by the ending of the name'),
  report: path('DIR', 'write an offline page with charts of all series, and the numbers as JSON'),
  force: flag('replace a report that is there already'),
  recipe: choice(['nano'], 'for einlab forecast train: what is trained'),
  family: choice(families, 'for einlab forecast train: of what kind (bolt, which the shipped model is of)'),
  seed: integer('for einlab forecast train: of weights and series', 0),
  steps: integer('for einlab forecast train: fewer steps than the recipe has', 1),
  json: flag('print the forecast as one JSON value'),
  help: flag('print this'),
};

/** Their values. */
export type ForecastValues = OptionValues<typeof forecastOptions>;
