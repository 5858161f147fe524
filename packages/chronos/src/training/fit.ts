import { compile, EinlabError, evaluate, isTensor, mapTree, random, type Tensor } from '@einlab/einsum-core';
import { adamW, linearRate, type TrainProgress, train } from '@einlab/nn';
import type { RandomKey } from '@einlab/numerics';
import { disposeTree } from '../model/dispose-tree.ts';
import { type Adapter, type AdapterOptions, makeAdapter, withAdapter } from './lora-adapter.ts';

/** How a trained model is fitted to series. */
export interface FitOptions {
  readonly key: RandomKey;
  /** Default 1000. */
  readonly steps?: number;
  /** Windows of a step; default 32. */
  readonly batch?: number;
  /** The first rate, from which it falls to 0 along a line; default 10⁻⁴ for all weights, 10⁻³ for an adapter. */
  readonly rate?: number;
  /** `full` trains all weights, `lora` low-rank updates of some, which are merged in at the end; default `full`. */
  readonly mode?: 'full' | 'lora';
  readonly lora?: AdapterOptions;
  /** Shortest context; default the horizon. */
  readonly minPast?: number;
  /** Steps between two looks at the last window of each series, which trains nothing; default a tenth of the run. */
  readonly evaluateEvery?: number;
  /** Looks without a better score before the run ends; default never. */
  readonly patience?: number;
  /** Last windows that a look is taken at, evenly among the series; default 256. */
  readonly validationWindows?: number;
  readonly onProgress?: (progress: TrainProgress) => void;
  /** Ends the run after the step under way, with an error. */
  readonly signal?: AbortSignal;
}

/** A fitted model. */
export interface FitResult<Parameters> {
  /** The weights with the best validation loss, kept tensors of their own; those given stay as they are. */
  readonly parameters: Parameters;
  /** Loss on the last windows before the run and at the best step. */
  readonly validation: { readonly before: number; readonly best: number; readonly step: number };
}

/** What is fitted to what. */
export interface FitProblem<Parameters, Batch> {
  readonly parameters: Parameters;
  /** The mean loss of a batch, `f32[]`. */
  readonly loss: (parameters: Parameters, batch: Batch) => Tensor;
  /** The batch of a step, of the same shapes at every step. */
  readonly data: (step: number) => Batch;
  /** What looks are taken at, with the number of windows in each. */
  readonly checks: readonly { readonly batch: Batch; readonly windows: number }[];
}

/** At most so many, evenly among them. */
export function evenly<Item>(items: readonly Item[], most: number): Item[] {
  const count = Math.min(most, items.length);
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]);
}

/** The last windows in batches of the given size. */
export function checksOf<Window, Batch>(
  windows: readonly Window[],
  options: Pick<FitOptions, 'batch' | 'validationWindows'>,
  batchOf: (windows: readonly Window[]) => Batch,
): FitProblem<unknown, Batch>['checks'] {
  const { batch: size = 32, validationWindows = 256 } = options;
  const chosen = evenly(windows, validationWindows);
  return Array.from({ length: Math.ceil(chosen.length / size) }, (_, i) => {
    const part = chosen.slice(i * size, (i + 1) * size);
    return { batch: batchOf(part), windows: part.length };
  });
}

/**
 * Fits a model: AdamW without decay, gradients clipped to norm 1, a rate that falls to 0, looks at windows that train nothing, and the weights of the best look.
 *
 * @throws {EinlabError} `option` when the signal ended the run
 */
export async function fitModel<Parameters extends object, Batch>(
  { parameters, loss, data, checks }: FitProblem<Parameters, Batch>,
  options: FitOptions,
): Promise<FitResult<Parameters>> {
  const { steps = 1000, mode = 'full', key, lora = {}, patience = Infinity, signal } = options;
  const { rate = mode === 'lora' ? 1e-3 : 1e-4 } = options;
  const isLora = mode === 'lora';
  type Trained = { readonly own: Parameters } | { readonly adapter: Adapter };
  const modelOf = (base: Parameters, trained: Trained): Parameters =>
    'adapter' in trained ? withAdapter(base, trained.adapter, lora) : trained.own;
  const lossOf = (trained: Trained, batch: Batch): Tensor => loss(modelOf(parameters, trained), batch);
  const score = compile(lossOf);
  const start: Trained = isLora ? { adapter: makeAdapter(random.key(key[1]), parameters, lora) } : { own: parameters };
  const windows = checks.reduce((total, check) => total + check.windows, 0);
  const meanLoss = async (trained: Trained): Promise<number> => {
    let total = 0;
    for (const check of checks) {
      using value = await score(trained, check.batch);
      total += (await value.item()) * check.windows;
    }
    return total / windows;
  };
  const before = await meanLoss(start);
  let best = { loss: before, step: 0, parameters: await copyOf(parameters) };
  const stop = new AbortController();
  const every = options.evaluateEvery ?? Math.max(1, Math.round(steps / 10));
  let [worse, looks] = [0, 0];
  const look = async (trained: Trained): Promise<number> => {
    const now = await meanLoss(trained);
    looks += 1;
    if (now < best.loss) {
      disposeTree(best.parameters);
      // the run goes on with these tensors, so that the best ones are copies
      best = {
        loss: now,
        step: Math.min(steps, looks * every),
        parameters: await copyOf(modelOf(parameters, trained)),
      };
      worse = 0;
    } else if (++worse >= patience) stop.abort();
    return now;
  };
  try {
    const result = await train<Trained, Batch>({
      params: start,
      data,
      loss: lossOf,
      optimizer: adamW({ rate, weightDecay: 0 }),
      schedule: linearRate({ rate, steps, floor: 0 }),
      clip: 1,
      steps,
      evaluate: { every, run: look },
      signal: signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]),
      ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    });
    disposeTree(result.params);
  } finally {
    score.dispose();
  }
  if (signal?.aborted === true) {
    disposeTree(best.parameters);
    throw new EinlabError('option', 'fit: the run was ended by its signal; the model is as it was', { steps });
  }
  return { parameters: best.parameters, validation: { before, best: best.loss, step: best.step } };
}

/** The same values in memory of their own. */
export const copyOf = <Tree>(tree: Tree): Promise<Tree> =>
  evaluate(mapTree<Tree>(tree, (leaf) => (isTensor(leaf) ? leaf.multiply(1) : leaf)));
