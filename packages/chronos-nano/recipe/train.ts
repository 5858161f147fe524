// Trains a model by the recipe, or by one that differs from it in what the command line says, and scores it on the validation series.
// Interrupted by Ctrl-C or SIGTERM it keeps a checkpoint, and the same command goes on from there:
//   node --conditions=source packages/chronos-nano/recipe/train.ts FOLDER [steps=1500] [rate=0.002] [shares=0.5,0.3,0.2] [btt=1] …
// `btt` makes the maps of the blocks block tensor trains of this rank.
import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { trainBolt } from '@einlab/chronos';
import { openDevice, setDefaultDevice } from '@einlab/einsum-core';
import { saveSafetensors } from '@einlab/nn';
import { keyFromSeed } from '@einlab/numerics';
import { blockTensorTrain } from '@einlab/structured-layers';
import { kernelPool, type NanoRecipe, nanoRecipe, nanoSources } from '../src/recipe.ts';
import { scoreModel } from './score-model.ts';
import { validationData } from './validation-data.ts';

/** The recipe with what the command line changes. */
function recipeOf(changes: readonly string[]): NanoRecipe {
  const recipe = { ...nanoRecipe, config: { ...nanoRecipe.config, body: { ...nanoRecipe.config.body } } };
  for (const change of changes) {
    const [name = '', text = ''] = change.split('=');
    const value = Number(text);
    if (name === 'btt') continue;
    if (name === 'shares') {
      const [structural = 0, kernel = 0, mixture = 0] = text.split(',').map(Number);
      Object.assign(recipe, { shares: { structural, kernel, mixture } });
    } else if (name === 'factor') Object.assign(recipe.config.body, { initializerFactor: value });
    else if (name === 'width')
      Object.assign(recipe.config.body, { width: value, hidden: 4 * value, heads: value / 16 });
    else if (name === 'layers') Object.assign(recipe.config.body, { encoderLayers: value });
    else if (name === 'patch') Object.assign(recipe.config, { patchSize: value, patchStride: value });
    else if (name === 'adjust') Object.assign(recipe.config, { seasonalAdjustment: value === 1 });
    else if (name === 'horizon') Object.assign(recipe.config, { predictionLength: value });
    else if (name === 'context') Object.assign(recipe.config, { contextLength: value });
    else if (['steps', 'rate', 'batch', 'seed', 'kernelSeries', 'missing', 'distinct'].includes(name))
      Object.assign(recipe, { [name]: value });
    else throw new Error(`${change}: not a part of the recipe`);
  }
  return recipe;
}

const [folder = 'nano-run', ...changes] = process.argv.slice(2);
const recipe = recipeOf(changes);
const rank = changes.find((change) => change.startsWith('btt='))?.slice('btt='.length);
mkdirSync(folder, { recursive: true });
const log = join(folder, 'log.txt');
const say = (line: string): void => {
  appendFileSync(log, `${line}\n`);
  process.stdout.write(`${line}\n`);
};

setDefaultDevice(await openDevice('wasm', { threads: 1 }));
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

const checkpoint = join(folder, 'checkpoint.safetensors');
if (!existsSync(log))
  say(JSON.stringify(rank === undefined ? recipe : { ...recipe, structure: `blockTensorTrain({ rank: ${rank} })` }));
const result = await trainBolt({
  config: recipe.config,
  sources: nanoSources(recipe, kernelPool(recipe)),
  key: keyFromSeed(recipe.seed),
  steps: recipe.steps,
  batch: recipe.batch,
  rate: recipe.rate,
  minPast: 12,
  distinct: recipe.distinct,
  ...(rank === undefined ? {} : { structure: blockTensorTrain({ rank: Number(rank) }) }),
  checkpoint: { path: checkpoint, every: 250 },
  ...(existsSync(checkpoint) ? { resumeFrom: checkpoint } : {}),
  signal: stop.signal,
  onProgress: ({ step, loss, seconds }) => say(`step ${step} loss ${loss.toFixed(4)} seconds ${seconds.toFixed(1)}`),
});
if (result.aborted) process.exit(130);
await saveSafetensors(join(folder, 'model.safetensors'), result.params);
const scores = await scoreModel(result.params, recipe.config, validationData());
for (const { name, wql, mase } of scores.rows) say(`${name}: WQL ${wql.toFixed(3)} MASE ${mase.toFixed(3)}`);
for (const which of ['wql', 'mase'] as const) {
  const { value, low, high, wins, count } = scores[which];
  say(`validation ${which} ${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}] wins ${wins} of ${count}`);
}
process.exit(0);
