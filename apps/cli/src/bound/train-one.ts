import { join } from 'node:path';
import { openDevice, setDefaultDevice } from '@einlab/einsum-core';
import {
  certificateText,
  certify,
  type CompressionName,
  completeRecipe,
  decodeModel,
  parametrizationOf,
  scoreText,
  trainCoded,
  trainedCount,
} from '@einlab/bounds';
import type { CertifiedText } from './text.ts';
import { predictedLengths } from './text.ts';
import { claimFolder, isFinished, putFile, type RunRecord, runFiles } from './run-files.ts';

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

/** Held-out characters that are scored, for the record alone. */
const heldOutCharacters = 20_000;

/** Bits per character where each is predicted by how often it occurs. */
function frequencyBits(ids: Int32Array, vocabulary: number): number {
  const counts = new Float64Array(vocabulary);
  for (const id of ids) counts[id] = (counts[id] ?? 0) + 1;
  return counts.reduce(
    (bits, count) => (count === 0 ? bits : bits + (count / ids.length) * Math.log2(ids.length / count)),
    0,
  );
}

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
  putFile(folder, runFiles.code, trained.container);
  const { model } = await decodeModel(recipe, trained.container, runFiles.code);
  tell(`${name}: scoring ${text.ids.length} characters`);
  const score = await scoreText(model, text.ids, { context: recipe.context, signal });
  putFile(folder, runFiles.logProbabilities, new Uint8Array(score.logProbabilities.buffer));
  putFile(folder, runFiles.ranks, new Uint8Array(score.ranks.buffer));
  if (text.documents !== undefined)
    putFile(folder, runFiles.documents, new Uint8Array(predictedLengths(text.documents).buffer));
  const held = await scoreText(model, text.heldOut.subarray(0, heldOutCharacters), { context: recipe.context, signal });
  const record: RunRecord = {
    name,
    recipe,
    parameters: trainedCount(parametrizationOf(recipe)),
    text: text.name,
    shuffled: job.shuffled,
    steps,
    roundedSteps,
    levels,
    seconds: trained.seconds,
    heldOutBits: -held.logProbabilities.reduce((sum, each) => sum + each, 0) / held.logProbabilities.length / Math.LN2,
    frequencyBits: frequencyBits(text.ids, text.vocabulary),
  };
  putFile(folder, runFiles.recipe, `${JSON.stringify(record, undefined, 2)}\n`);
  const certificate = await certify({
    logProbabilities: join(folder, runFiles.logProbabilities),
    ranks: join(folder, runFiles.ranks),
    ...(text.documents === undefined ? {} : { documents: join(folder, runFiles.documents) }),
    vocabulary: text.vocabulary,
    code: { file: join(folder, runFiles.code) },
    prior: 'self-delimiting',
    trialBits: job.trialBits,
  });
  putFile(folder, runFiles.certificate, await certificateText(certificate));
  return true;
}
