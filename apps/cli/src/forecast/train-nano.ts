import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPipeline, trainBolt, writeConfig } from '@einlab/chronos';
import { kernelPool, nanoRecipe, nanoSources } from '@einlab/chronos-nano';
import { encodeSafetensors } from '@einlab/nn';
import { keyFromSeed } from '@einlab/numerics';
import { exitStatus, failure, systemReason } from '../command-error.ts';
import { replaceFile } from '../report/atomic-write.ts';
import { catchStop } from '../terminal/catch-stop.ts';
import { write } from '../terminal/write.ts';

/** How the shipped model is trained again. */
export interface TrainNanoOptions {
  /** Where the model goes, and the checkpoint of an unfinished run. */
  readonly folder: string;
  readonly seed?: number | undefined;
  readonly steps?: number | undefined;
}

/**
 * Trains the shipped model by its recipe into a folder that `einlab forecast --model FOLDER` opens. Stopped by Ctrl-C it keeps a checkpoint, and
 * the same command goes on from there.
 *
 * @returns the exit status
 */
export async function trainNano({
  folder,
  seed = nanoRecipe.seed,
  steps = nanoRecipe.steps,
}: TrainNanoOptions): Promise<number> {
  const recipe = { ...nanoRecipe, seed, steps };
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw failure(`einlab forecast train: --out ${folder} cannot be made: ${systemReason(error)}`);
  }
  const checkpoint = join(folder, 'checkpoint.safetensors');
  const stop = catchStop();
  const losses: string[] = ['step,loss'];
  const result = await trainBolt({
    config: recipe.config,
    sources: nanoSources(recipe, kernelPool(recipe)),
    key: keyFromSeed(recipe.seed),
    steps: recipe.steps,
    batch: recipe.batch,
    rate: recipe.rate,
    distinct: recipe.distinct,
    minPast: 12,
    checkpoint: { path: checkpoint, every: 250 },
    ...(existsSync(checkpoint) ? { resumeFrom: checkpoint } : {}),
    signal: stop.signal,
    onProgress: ({ step, loss, seconds }) => {
      process.stderr.write(`step ${step} of ${recipe.steps}, loss ${loss.toFixed(3)}, ${seconds.toFixed(0)} s\n`);
    },
  });
  if (result.aborted) {
    await write(process.stderr, 'stopped; the same command goes on from here\n');
    return exitStatus.stopped;
  }
  losses.push(...result.losses.map(({ step, loss }) => `${step},${loss}`));
  const config = writeConfig(recipe.config);
  const model = await openPipeline({ config, weights: await encodeSafetensors(result.params) });
  const files = await model.save({ dtype: 'f16' });
  replaceFile(join(folder, 'config.json'), files.config);
  replaceFile(join(folder, 'loss.csv'), `${losses.join('\n')}\n`);
  writeFileSync(join(folder, 'model.safetensors'), files.weights);
  model.dispose();
  return exitStatus.done;
}
