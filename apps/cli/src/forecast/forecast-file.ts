import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { type Columns, type ForecastTable, type SeriesForecast, seriesOfTable } from '@einlab/chronos';
import { EinlabError } from '@einlab/einsum-core';
import { exitStatus, failure, inputError, messageOf, systemReason } from '../command-error.ts';
import type { ForecastValues } from '../commands/forecast-options.ts';
import { didYouMean } from '../options/closest.ts';
import { replaceFile } from '../report/atomic-write.ts';
import { lettersWithoutGlyphs, pngOfSvg } from '../report/png.ts';
import { assertReportFolder, writeReport } from '../report/report-folder.ts';
import { catchStop } from '../terminal/catch-stop.ts';
import { bar, createLiveLines } from '../terminal/live-lines.ts';
import { write } from '../terminal/write.ts';
import { forecastCsv, forecastJson, forecastText, titleOf } from './forecast-output.ts';
import { chartOf, forecastPage } from './forecast-page.ts';
import { type MethodScores, methodScores, methodsWith } from './method-scores.ts';
import { openModel } from './open-model.ts';
import { readTable } from './read-table.ts';

/** An error about what was given, with the nearest name where a column was not found. */
function asInputError(error: unknown): unknown {
  if (!(error instanceof EinlabError)) return error;
  const { name, known, role } = error.details;
  const hint =
    typeof name === 'string' && Array.isArray(known) && role !== undefined ? didYouMean(name, known.map(String)) : '';
  return inputError(`einlab forecast: ${error.message}${hint}`);
}

/** Refuses files that could not be written at the end, before any work is done. */
function assertFiles({ plot, out }: ForecastValues): void {
  if (plot !== undefined && !/\.(svg|png)$/i.test(plot)) {
    throw inputError(`einlab forecast: --plot is ${JSON.stringify(plot)}; expected a name that ends in .svg or .png`);
  }
  for (const [option, name] of Object.entries({ out, plot })) {
    if (name !== undefined && !existsSync(dirname(resolve(name)))) {
      throw inputError(
        `einlab forecast: --${option} ${name}: there is no folder ${dirname(name)}; expected one that exists`,
      );
    }
  }
}

/** What the options ask of a table. */
function requestOf(
  table: Columns,
  values: ForecastValues,
): {
  readonly choice: Parameters<typeof seriesOfTable>[1];
  readonly horizon: number;
  readonly season: number;
} {
  const choice = {
    ...(values.column === undefined ? {} : { target: values.column }),
    ...(values.time === undefined ? {} : { time: values.time }),
    ...(values.id === undefined ? {} : { id: values.id }),
    ...(values.frequency === undefined ? {} : { frequency: values.frequency }),
    covariates: values.covariates ?? [],
  };
  const { calendar } = seriesOfTable(table, choice);
  const season = values.season ?? calendar?.season ?? 1;
  return { choice, season, horizon: values.horizon ?? Math.max(12, season) };
}

/** `einlab forecast FILE`. @returns the exit status: 1 where a series could not be forecast */
export async function forecastFile(file: string, values: ForecastValues): Promise<number> {
  assertFiles(values);
  if (values.report !== undefined) assertReportFolder(values.report, values.force === true, 'forecast');
  if (values.future !== undefined && values.covariates === undefined) {
    throw inputError(
      'einlab forecast: --future is given without --covariates; expected the names of the covariates that it holds',
    );
  }
  const table = await readTable(file);
  const future = values.future === undefined ? undefined : await readTable(values.future);
  const stop = catchStop();
  const modelName = values.model ?? 'nano';
  const live = process.stderr.isTTY === true ? createLiveLines(process.stderr) : undefined;
  try {
    const { choice, horizon, season } = requestOf(table, values);
    const model = await openModel(modelName, process.stderr, stop.signal);
    try {
      const result = await model.predictTable(table, {
        ...choice,
        horizon,
        levels: values.quantiles ?? [0.1, 0.5, 0.9],
        signal: stop.signal,
        onProgress: (done, total) => live?.draw([`${bar(done / total, 24)} ${done} of ${total} series`]),
        ...(future === undefined ? {} : { future }),
      });
      live?.clear();
      await tell(result, file);
      const scores =
        values.backtest === undefined
          ? undefined
          : await methodScores(
              {
                name: file,
                series: result.forecasts.map(({ history }) => history),
                horizon,
                season,
                windows: values.backtest,
              },
              methodsWith(model),
            );
      await writeFiles(result, scores, { file, model: modelName, values });
      const text =
        values.json === true
          ? `${JSON.stringify(forecastJson(result, scores), undefined, 1)}\n`
          : forecastText(result, scores);
      await write(process.stdout, text);
      return result.refused.length > 0 ? exitStatus.failed : exitStatus.done;
    } finally {
      model.dispose();
    }
  } catch (error) {
    if (stop.signal.aborted) return exitStatus.stopped;
    throw asInputError(error);
  } finally {
    live?.clear();
    stop.release();
  }
}

/** Says what was found out, and lists what was not forecast. */
async function tell({ inferred, refused, notes }: ForecastTable, file: string): Promise<void> {
  const nameOf = (id: string): string => (id === '' ? file : `series ${JSON.stringify(id)}`);
  const lines = [
    ...inferred,
    ...notes.map(({ id, reason }) => `${nameOf(id)}: ${reason}`),
    ...refused.map(({ id, reason }) => `not forecast: ${nameOf(id)}: ${reason}`),
  ];
  for (const line of lines) await write(process.stderr, `${line}\n`);
}

/** The chart of a forecast in the format of a name's ending. */
async function plotOf(name: string, each: SeriesForecast): Promise<string | Uint8Array> {
  const svg = chartOf(each);
  if (!/\.png$/i.test(name)) return svg;
  const missing = lettersWithoutGlyphs(titleOf(each));
  if (missing.length > 0) {
    await write(
      process.stderr,
      `--plot ${name}: the font of PNG charts lacks ${missing.join(' ')}, which are boxes in it; an SVG has them\n`,
    );
  }
  return pngOfSvg(svg);
}

async function writeFiles(
  result: ForecastTable,
  scores: readonly MethodScores[] | undefined,
  { file, model, values }: { readonly file: string; readonly model: string; readonly values: ForecastValues },
): Promise<void> {
  const [first] = result.forecasts;
  const files: (readonly [string, string | Uint8Array])[] = [];
  if (values.out !== undefined) files.push([values.out, forecastCsv(result)]);
  if (values.plot !== undefined && first !== undefined) files.push([values.plot, await plotOf(values.plot, first)]);
  for (const [name, content] of files) {
    try {
      replaceFile(name, content);
    } catch (error) {
      throw failure(`einlab forecast: ${name} cannot be written: ${systemReason(error)}`);
    }
  }
  if (values.report === undefined) return;
  try {
    const page = forecastPage(`Forecast of ${basename(file)}`, result, { model, scores });
    writeReport(values.report, page, `${JSON.stringify(forecastJson(result, scores), undefined, 1)}\n`);
  } catch (error) {
    throw failure(`einlab forecast: ${messageOf(error)}`);
  }
}
