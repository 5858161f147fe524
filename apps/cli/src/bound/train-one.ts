import { join } from 'node:path';
import { openDevice, setDefaultDevice } from '@einlab/einsum-core';
import {
  type CompressionName,
  completeRecipe,
  decodeModel,
  parametrizationOf,
  scoreText,
  trainCoded,
  trainedCount,
} from '@einlab/bounds';
import { finishRun, heldOutCharacters } from './finish-run.ts';
import { claimFolder, isFinished, runFiles } from './run-files.ts';
import type { CertifiedText } from './text.ts';

/** One model to be trained and certified. */
export interface TrainJob {
  readonly name: string;
  readonly folder: string;
  readonly compression: CompressionName;
  readonly sizes: {
    readonly context: number;
    readonly width: number;
    readonly depth: number;
    readonly heads: number;
    readonly seed: number;
    readonly rank: number;
    readonly dimension: number;
    readonly blocks: number;
    readonly tokens: 'seeded' | 'trained';
  };
  readonly text: CertifiedText;
  readonly shuffled: boolean;
  readonly steps: number;
  readonly roundedSteps: number;
  readonly levels: number;
  readonly rate: number | undefined;
  readonly batch: number;
  /** Bits for everything that was chosen among the runs. */
  readonly trialBits: number;
}

/** How far a job is: a line for the terminal. */
export type Tell = (line: string) => void;

/**
 * Trains, writes the code, decodes it again, scores the text with what it decodes to, and certifies that. What is finished is left as it is. Returns false when
 * stopped.
 *
 * @throws {CommandError} status 2 where the folder holds a run with other settings
 */
export async function trainOne(job: TrainJob, signal: AbortSignal, tell: Tell): Promise<boolean> {
  const { text, folder, name, steps, roundedSteps, levels } = job;
  const { compression, sizes, shuffled, rate, batch, trialBits } = job;
  claimFolder(folder, {
    compression,
    ...sizes,
    text: text.name,
    characters: text.ids.length,
    shuffled,
    steps,
    roundedSteps,
    levels,
    rate,
    batch,
    trialBits,
  });
  if (isFinished(folder)) return true;
  setDefaultDevice(await openDevice('wasm'));
  const recipe = completeRecipe({ compression: job.compression, vocabulary: text.vocabulary, ...job.sizes });
  const total = steps + roundedSteps;
  const trained = await trainCoded({
    recipe,
    ids: text.ids,
    steps,
    roundedSteps,
    levels,
    batch: job.batch,
    ...(job.rate === undefined ? {} : { rate: job.rate }),
    checkpoint: join(folder, 'state'),
    signal,
    onProgress: ({ stage, step, loss }) =>
      tell(
        `${name}: step ${stage === 'free' ? step : steps + step} of ${total}, ${(loss / Math.LN2).toFixed(3)} bits per character`,
      ),
  });
  if (trained.aborted) return false;
  const { model } = await decodeModel(recipe, trained.container, runFiles.code);
  tell(`${name}: scoring ${text.ids.length} characters`);
  const score = await scoreText(model, text.ids, { context: recipe.context, signal });
  const heldOut = await scoreText(model, text.heldOut.subarray(0, heldOutCharacters), {
    context: recipe.context,
    signal,
  });
  await finishRun(folder, {
    container: trained.container,
    score,
    heldOut,
    text,
    trialBits,
    record: {
      name,
      recipe,
      parameters: trainedCount(parametrizationOf(recipe)),
      shuffled,
      steps,
      roundedSteps,
      levels,
      seconds: trained.seconds,
    },
  });
  return true;
}
