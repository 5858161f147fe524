import { random, type Tensor, tensor } from '@einlab/einsum-core';
import {
  adam,
  cosineRate,
  crossEntropy,
  randomWindows,
  type SequenceBatch,
  train,
  type TrainProgress,
  transformer,
} from '@einlab/nn';
import { kMeansLevels, uniformLevels } from '../quantize/levels.ts';
import { straightThrough } from '../quantize/straight-through.ts';
import { codebookOf, codebooks, encodeModel, tensorNamed, valuesOf } from './coded-model.ts';
import type { Parametrization, Trained } from './parametrization.ts';
import { parametrizationOf, type Recipe } from './recipe.ts';

/** How a model is trained and quantized. */
export interface CodedTraining {
  readonly recipe: Recipe;
  /** The text: whole numbers below the vocabulary. */
  readonly ids: Int32Array;
  /** Steps with weights as they are. */
  readonly steps: number;
  /** Further steps with weights rounded to learned levels; 0 quantizes after training. */
  readonly roundedSteps: number;
  /** Levels of each codebook; default 9. */
  readonly levels?: number;
  /** How levels start; default `kmeans`, which is exact. */
  readonly initialLevels?: 'kmeans' | 'uniform';
  readonly batch?: number;
  /** Adam's rate; by default one for the compression. */
  readonly rate?: number;
  /** Folder and name, without an ending, of the checkpoints of the two stages; a run that finds them goes on from there. */
  readonly checkpoint?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainProgress & { readonly stage: 'free' | 'rounded' }) => void;
}

/** A trained model as it is written. */
export interface CodedTrainingResult {
  readonly container: Uint8Array;
  /** The loss of the last batches in nats, before and after rounding. */
  readonly losses: { readonly free: number | undefined; readonly rounded: number | undefined };
  readonly seconds: number;
  readonly aborted: boolean;
}

/** Rates that serve the compressions at these sizes. */
const rateOf = ({ compression }: Recipe): number => {
  if (compression === 'sublora' || compression === 'subspace' || compression === 'kronecker') return 0.02;
  return compression === 'dense' ? 0.004 : 0.006;
};

interface Rounded {
  readonly trained: Trained;
  readonly levels: Readonly<Record<string, Tensor>>;
}

const levelKey = (codebook: string): string => codebook.replaceAll('.', '/');

/** Every trained tensor rounded to the levels of its codebook. */
const roundTrained = ({ trained, levels }: Rounded): Trained =>
  Object.fromEntries(
    Object.entries(trained).map(([name, value]): [string, Tensor] => [
      name,
      straightThrough(value, tensorNamed(levels, levelKey(codebookOf(name)))),
    ]),
  );

const lossOf =
  (parametrization: Parametrization) =>
  (trained: Trained, { inputs, targets }: SequenceBatch): Tensor =>
    crossEntropy(transformer.apply(parametrization.build(trained), inputs), targets);

async function existing(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const { access } = await import('node:fs/promises');
  return access(path).then(
    () => path,
    () => undefined,
  );
}

/**
 * Trains a model in its parametrization, then with its weights rounded to levels that are learned as well, and writes it as a container. What is
 * certified is what the container decodes to, never the weights before.
 *
 * @throws {EinlabError} as `train`
 */
export async function trainCoded(options: CodedTraining): Promise<CodedTrainingResult> {
  const {
    recipe,
    ids,
    steps,
    roundedSteps,
    levels: levelCount = 9,
    initialLevels = 'kmeans',
    batch = 16,
    signal,
    onProgress,
  } = options;
  const { checkpoint, rate = rateOf(recipe) } = options;
  const parametrization = parametrizationOf(recipe);
  const seed = random.key(recipe.seed);
  const windows = { batch, time: recipe.context };
  const stageFile = async (stage: string): Promise<object> => {
    if (checkpoint === undefined) return {};
    const path = `${checkpoint}.${stage}.safetensors`;
    const found = await existing(path);
    return { checkpoint: { path, every: 100 }, ...(found === undefined ? {} : { resumeFrom: found }) };
  };
  const shared = { clip: 1, reportEvery: 25, ...(signal === undefined ? {} : { signal }) };
  const free = await train<Trained, SequenceBatch>({
    ...shared,
    ...(await stageFile('free')),
    loss: lossOf(parametrization),
    params: parametrization.start,
    data: randomWindows(ids, random.foldIn(seed, 1), windows),
    optimizer: adam({ rate, betas: [0.9, 0.95] }),
    schedule: cosineRate({ rate, steps, warmup: Math.ceil(steps / 20), floor: 0.1 }),
    steps,
    onProgress: (progress) => onProgress?.({ ...progress, stage: 'free' }),
  });
  const books = codebooks(parametrization);
  const start = new Map<string, Float32Array>();
  for (const [codebook, names] of books) {
    const values = await valuesOf(free.params, names);
    start.set(codebook, (initialLevels === 'kmeans' ? kMeansLevels : uniformLevels)(values, levelCount));
  }
  const result = { losses: { free: free.losses.at(-1)?.loss, rounded: undefined }, seconds: free.seconds };
  if (free.aborted) return { ...result, container: new Uint8Array(0), aborted: true };
  if (roundedSteps === 0)
    return { ...result, container: await encodeModel(recipe, free.params, start), aborted: false };
  const params: Rounded = {
    trained: free.params,
    levels: Object.fromEntries([...start].map(([codebook, values]) => [levelKey(codebook), tensor(values)])),
  };
  const loss = lossOf(parametrization);
  const rounded = await train<Rounded, SequenceBatch>({
    ...shared,
    ...(await stageFile('rounded')),
    loss: (at, examples) => loss(roundTrained(at), examples),
    params,
    data: randomWindows(ids, random.foldIn(seed, 2), windows),
    optimizer: adam({ rate: rate / 4, betas: [0.9, 0.95] }),
    schedule: cosineRate({ rate: rate / 4, steps: roundedSteps, warmup: Math.ceil(roundedSteps / 20), floor: 0.05 }),
    steps: roundedSteps,
    onProgress: (progress) => onProgress?.({ ...progress, stage: 'rounded' }),
  });
  const learned = new Map<string, Float32Array>();
  for (const codebook of books.keys())
    learned.set(
      codebook,
      Float32Array.from(await tensorNamed(rounded.params.levels, levelKey(codebook)).data()).sort(),
    );
  return {
    losses: { free: free.losses.at(-1)?.loss, rounded: rounded.losses.at(-1)?.loss },
    seconds: free.seconds + rounded.seconds,
    aborted: rounded.aborted,
    container: await encodeModel(recipe, rounded.params.trained, learned),
  };
}
