import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lossCurve, openPipeline, trainChronos, writeConfig } from '@einlab/chronos';
import { kernelPool, nanoSources, recipes } from '@einlab/chronos-nano';
import { encodeSafetensors } from '@einlab/nn';
import { keyFromSeed } from '@einlab/numerics';
import { CommandError, exitStatus, failure, inputError, messageOf, systemReason } from '../command-error.ts';
import { replaceFile } from '../report/atomic-write.ts';
import { htmlPage } from '../report/html.ts';
import { assertReportFolder, writeReport } from '../report/report-folder.ts';
import { catchStop } from '../terminal/catch-stop.ts';
import { write } from '../terminal/write.ts';

/** Families that have a recipe; the shipped model is of the first. */
export const families = ['bolt', 't5', 'chronos-2'] as const;

/** What is trained. */
export interface TrainOptions {
  /** Where the model goes, and the checkpoint of an unfinished run. */
  readonly folder: string;
  readonly family?: (typeof families)[number] | undefined;
  readonly seed?: number | undefined;
  readonly steps?: number | undefined;
  /** Where a page with the curve goes. */
  readonly report?: string | undefined;
  readonly force?: boolean | undefined;
}

/** What a loss of a family is. */
const units = {
  bolt: 'quantile loss, in units of the scale',
  t5: 'nats per id',
  'chronos-2': 'quantile loss, in units of the scale',
};

/** Steps between two losses of the curve, and between two lines of progress. */
const [everyLoss, everyLine] = [10, 100];

/**
 * Trains a model by a recipe into a folder that `einlab forecast --model FOLDER` opens; loss.csv and loss.svg there show the losses of its batches. Stopped by Ctrl-C it
 * keeps a checkpoint, and the same command goes on from there.
 *
 * @returns the exit status
 */
export async function trainForecaster(options: TrainOptions): Promise<number> {
  const { folder, family = 'bolt', report, force = false } = options;
  const recipe = recipes[family];
  const { config, batch, rate, distinct } = recipe;
  const { seed = recipe.seed, steps = recipe.steps } = options;
  if (report !== undefined) assertReportFolder(report, force, 'forecast train');
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw failure(`einlab forecast train: --out ${folder} cannot be made: ${systemReason(error)}`);
  }
  const own = { ...recipe, seed, steps };
  const checkpoint = join(folder, 'checkpoint.safetensors');
  assertSameRun(folder, checkpoint, own);
  const stop = catchStop();
  const result = await trainChronos({
    config,
    sources: nanoSources(own, kernelPool(own)),
    key: keyFromSeed(seed),
    steps,
    batch,
    rate,
    distinct,
    minPast: 12,
    reportEvery: everyLoss,
    checkpoint: { path: checkpoint, every: 250 },
    ...(existsSync(checkpoint) ? { resumeFrom: checkpoint } : {}),
    signal: stop.signal,
    onProgress: ({ step, loss, seconds }) => {
      if (step % everyLine !== 0 && step !== steps) return;
      process.stderr.write(`step ${step} of ${steps}, loss ${loss.toFixed(3)}, ${seconds.toFixed(0)} s\n`);
    },
  });
  stop.release();
  const { losses } = result;
  const title = `Training of ${family}, seed ${seed}: ${result.step} of ${steps} steps`;
  const curve = losses.length === 0 ? undefined : lossCurve({ title, losses, unit: units[family] });
  try {
    replaceFile(
      join(folder, 'loss.csv'),
      ['step,loss', ...losses.map(({ step, loss }) => `${step},${loss}`), ''].join('\n'),
    );
    if (curve !== undefined) replaceFile(join(folder, 'loss.svg'), curve);
    if (result.aborted) {
      await write(process.stderr, 'stopped; the same command goes on from here\n');
      return exitStatus.stopped;
    }
    const model = await openPipeline({ config: writeConfig(config), weights: await encodeSafetensors(result.params) });
    const files = await model.save({ dtype: 'f16' });
    model.dispose();
    replaceFile(join(folder, 'config.json'), files.config);
    replaceFile(join(folder, 'model.safetensors'), files.weights);
    if (report !== undefined)
      writeReport(
        report,
        pageOf(title, curve ?? ''),
        `${JSON.stringify({ family, recipe: own, losses }, undefined, 1)}\n`,
      );
  } catch (error) {
    throw failure(`einlab forecast train: ${folder} cannot be written: ${messageOf(error)}`);
  }
  return exitStatus.done;
}

/** Refuses to go on from a run by another recipe, and keeps the recipe of a new one beside its checkpoint. */
function assertSameRun(folder: string, checkpoint: string, recipe: object): void {
  const file = join(folder, 'recipe.json');
  const text = `${JSON.stringify(recipe, undefined, 1)}\n`;
  try {
    if (!existsSync(checkpoint)) replaceFile(file, text);
    else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
      throw inputError(
        `einlab forecast train: ${checkpoint} is of another run; expected one by the same recipe (recipe.json beside it: family, seed, steps), or another --out`,
      );
    }
  } catch (error) {
    throw error instanceof CommandError
      ? error
      : failure(`einlab forecast train: ${file} cannot be written: ${systemReason(error)}`);
  }
}

/** The curve as a page. */
const pageOf = (title: string, curve: string): string =>
  htmlPage({
    title,
    style: 'svg { max-width: 100%; height: auto; }',
    content: `<p>Losses of single batches, and their running mean. The recipe and every loss: results.json.</p>\n<div class="wide">${curve}</div>`,
  });
