import { foldIn, type RandomKey, type Rng, rngFromKey, uniform, uniformInteger } from '@einlab/numerics';

/** A context and what followed. */
export interface TrainingWindow {
  readonly context: ArrayLike<number>;
  readonly target: ArrayLike<number>;
}

/** How windows are cut. */
export interface WindowOptions {
  /** Shortest context; default 60. */
  readonly minPast?: number;
  readonly contextLength: number;
  readonly horizon: number;
}

/**
 * Where to cut a series of this length in two: drawn evenly among the places that leave `minPast` values before them and the horizon behind; in a
 * series too short for that, so that as many values as possible come before the horizon.
 */
export function randomCut(
  rng: Rng,
  length: number,
  { minPast = 60, horizon }: Omit<WindowOptions, 'contextLength'>,
): number {
  const latest = Math.max(1, length - horizon);
  const earliest = Math.min(minPast, latest);
  return earliest + uniformInteger(rng, latest - earliest + 1);
}

/** A window at a place drawn at random, as `randomCut` says. */
export function randomWindow(rng: Rng, series: ArrayLike<number>, options: WindowOptions): TrainingWindow {
  const { contextLength, horizon } = options;
  const cut = randomCut(rng, series.length, options);
  const values = Float64Array.from(series);
  return {
    context: values.subarray(Math.max(0, cut - contextLength), cut),
    target: values.subarray(cut, cut + horizon),
  };
}

/** A source of series. */
export type SeriesSource = (rng: Rng, key: RandomKey) => ArrayLike<number>;

/** One source among several, with its share. */
export interface WeightedSource {
  readonly weight: number;
  readonly draw: SeriesSource;
}

/** How the windows of a training run are drawn. */
export interface BatchOptions {
  readonly batch: number;
  /** Shortest context; default 60. */
  readonly minPast?: number;
  /** Windows that are drawn in all, and then again and again; default a new one each time. */
  readonly distinct?: number;
}

/** A source, by their shares. */
export function chooseSource(rng: Rng, sources: readonly WeightedSource[]): SeriesSource {
  let left = uniform(rng) * sources.reduce((sum, { weight }) => sum + weight, 0);
  for (const { weight, draw } of sources) {
    left -= weight;
    if (left < 0) return draw;
  }
  return sources[sources.length - 1].draw;
}

/** What is drawn for a number, kept: the same for the same number. */
export function pooled<Item>(draw: (index: number) => Item): (index: number) => Item {
  const pool = new Map<number, Item>();
  return (index) => {
    const known = pool.get(index);
    if (known !== undefined) return known;
    const made = draw(index);
    pool.set(index, made);
    return made;
  };
}

/** Draws until a window has an observation before its cut; the last is taken as it is. */
const mostDraws = 32;

const isObserved = ({ context }: TrainingWindow): boolean => Array.from(context).some((value) => !Number.isNaN(value));

/**
 * The windows of a step, of its number alone: the same step gives the same windows, whatever came before.
 *
 * @param prepare - what a model sees of a window; it is done once for each one that is drawn
 */
export function windowBatches(
  key: RandomKey,
  sources: readonly WeightedSource[],
  cut: WindowOptions,
  { batch, distinct }: Omit<BatchOptions, 'minPast'>,
  prepare: (window: TrainingWindow) => TrainingWindow = (window) => window,
): (step: number) => TrainingWindow[] {
  const drawOnce = (own: RandomKey): TrainingWindow => {
    const rng = rngFromKey(own);
    return randomWindow(rng, chooseSource(rng, sources)(rng, foldIn(own, 1)), cut);
  };
  const draw = (own: RandomKey): TrainingWindow => {
    let window = drawOnce(own);
    for (let again = 1; again < mostDraws && !isObserved(window); again++) window = drawOnce(foldIn(own, 1 + again));
    return prepare(window);
  };
  const known = pooled((index) => draw(foldIn(foldIn(key, 0), index)));
  return (step) =>
    Array.from({ length: batch }, (_, row) => {
      const own = foldIn(foldIn(key, 1 + step), row);
      return distinct === undefined ? draw(own) : known(uniformInteger(rngFromKey(own), distinct));
    });
}
