import { compile, EinlabError, evaluate, isTensor, mapTree, random, type Tensor } from '@einlab/einsum-core';
import { adamW, linearRate, type TrainProgress, train } from '@einlab/nn';
import { foldIn, type RandomKey, rngFromKey, uniformInteger } from '@einlab/numerics';
import type { ChronosBoltConfig } from '../config/chronos-config.ts';
import { applyBolt, type BoltInputs, type BoltParameters, boltLoss } from '../model/bolt/bolt-model.ts';
import { seasonalAdjustment } from '../series/seasonal-adjustment.ts';
import { type BoltBatch, boltBatch, randomWindow, type TrainingWindow } from './bolt-batches.ts';
import { type Adapter, type AdapterOptions, makeAdapter, withAdapter } from './lora-adapter.ts';

/** How a trained model is fitted to series. */
export interface FitOptions {
  readonly key: RandomKey;
  /** Default 1000. */
  readonly steps?: number;
  /** Default 32. */
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
  readonly onProgress?: (progress: TrainProgress) => void;
  readonly signal?: AbortSignal;
}

/** A fitted model. */
export interface FitResult {
  /** The weights with the best validation loss, kept tensors; those given stay as they are. */
  readonly parameters: BoltParameters;
  /** Loss on the last windows before the run and at the best step. */
  readonly validation: { readonly before: number; readonly best: number; readonly step: number };
}

/** A series without its last window, and that window. */
function withheld(
  series: ArrayLike<number>,
  { contextLength, predictionLength }: ChronosBoltConfig,
): { past: Float64Array; last: TrainingWindow } {
  const values = Float64Array.from(series);
  const cut = values.length - predictionLength;
  return {
    past: values.subarray(0, cut),
    last: { context: values.subarray(Math.max(0, cut - contextLength), cut), target: values.subarray(cut) },
  };
}

/** A window as the model sees it. */
function seen({ context, target }: TrainingWindow, config: ChronosBoltConfig): TrainingWindow {
  if (config.seasonalAdjustment !== true) return { context, target };
  const { adjusted, adjust } = seasonalAdjustment(context);
  return { context: adjusted, target: Float32Array.from(target, (value, step) => adjust(value, step + 1)) };
}

/**
 * Fits a Bolt model to series: windows at random, the last one of each series for validation, and the weights of the best look.
 *
 * @throws {EinlabError} `data` when no series is longer than twice the model's horizon
 */
export async function fitBolt(
  parameters: BoltParameters,
  config: ChronosBoltConfig,
  series: readonly ArrayLike<number>[],
  options: FitOptions,
): Promise<FitResult> {
  const { steps = 1000, batch = 32, mode = 'full', key, minPast = config.predictionLength, lora = {} } = options;
  const { rate = mode === 'lora' ? 1e-3 : 1e-4, patience = Infinity } = options;
  const long = series.filter(({ length }) => length > 2 * config.predictionLength);
  if (long.length === 0) {
    throw new EinlabError(
      'data',
      `fit: none of ${series.length} series has more than ${2 * config.predictionLength} values; expected two horizons of ${config.predictionLength} at least`,
      { series: series.length, horizon: config.predictionLength },
    );
  }
  const parts = long.map((values) => withheld(values, config));
  const check = boltBatch(
    parts.map(({ last }) => seen(last, config)),
    config,
  );
  const data = (step: number): BoltBatch =>
    boltBatch(
      Array.from({ length: batch }, (_, row) => {
        const rng = rngFromKey(foldIn(foldIn(key, step), row));
        const { past } = parts[uniformInteger(rng, parts.length)];
        return seen(
          randomWindow(rng, past, { minPast, contextLength: config.contextLength, horizon: config.predictionLength }),
          config,
        );
      }),
      config,
    );
  const lossOf = (own: BoltParameters, inputs: BoltBatch): Tensor =>
    boltLoss(applyBolt(own, config, inputs as BoltInputs), inputs.target, inputs.observed, config.quantiles);
  const modelOf = (trained: BoltParameters | Adapter): BoltParameters =>
    isAdapter(trained) ? withAdapter(parameters, trained, lora) : trained;
  const score = compile((trained: BoltParameters | Adapter) => lossOf(modelOf(trained), check));
  const start: BoltParameters | Adapter =
    mode === 'lora' ? makeAdapter(random.key(key[1]), parameters, lora) : parameters;
  const before = await (await score(start)).item();
  let best = { loss: before, step: 0, parameters };
  const stop = new AbortController();
  let worse = 0;
  const look = async (trained: BoltParameters | Adapter): Promise<number> => {
    const loss = await (await score(trained)).item();
    looks += 1;
    if (loss < best.loss) {
      // the run goes on with these tensors, so that the best ones are copies
      best = { loss, step: looks, parameters: await copyOf(modelOf(trained)) };
      worse = 0;
    } else if (++worse >= patience) stop.abort();
    return loss;
  };
  let looks = 0;
  const every = options.evaluateEvery ?? Math.max(1, Math.round(steps / 10));
  const signals = options.signal === undefined ? [stop.signal] : [stop.signal, options.signal];
  await train<BoltParameters | Adapter, BoltBatch>({
    params: start,
    data,
    loss: (trained, inputs) => lossOf(modelOf(trained), inputs),
    optimizer: adamW({ rate, weightDecay: 0 }),
    schedule: linearRate({ rate, steps, floor: 0 }),
    clip: 1,
    steps,
    evaluate: { every, run: look },
    signal: AbortSignal.any(signals),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  });
  score.dispose();
  return { parameters: best.parameters, validation: { before, best: best.loss, step: best.step * every } };
}

const isAdapter = (trained: BoltParameters | Adapter): trained is Adapter => !('shared' in trained);

/** The same values in memory of their own. */
const copyOf = (parameters: BoltParameters): Promise<BoltParameters> =>
  evaluate(mapTree<BoltParameters>(parameters, (leaf) => (isTensor(leaf) ? leaf.multiply(1) : leaf)));
