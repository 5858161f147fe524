import { foldIn, type RandomKey, type Rng, uniformInteger } from '@einlab/numerics';
import { kernelSynth } from '../synthetic/kernel-synth.ts';
import { dropValues, tsMixup } from '../synthetic/ts-mixup.ts';
import type { SeriesSource, WeightedSource } from './training-windows.ts';

/** The data of the first Chronos models; defaults are those of the paper. */
export interface PaperSourceOptions {
  /** Share of windows out of Gaussian processes; default 0.1. */
  readonly kernelShare?: number;
  /** Draws a path of a Gaussian process; default one of 1024 values, which takes about a second each time. */
  readonly kernel?: SeriesSource;
  /** Each series loses a share of its values that is drawn from U(0, missing); default 0.2. */
  readonly missing?: number;
  /** Values of a mixture, drawn evenly; default 128 to 2048. */
  readonly shortest?: number;
  readonly longest?: number;
}

/**
 * Mixtures of series, and paths of Gaussian processes, values missing at random in both.
 *
 * @param series - draws one of the series to be mixed: first a set, then one of it, evenly, as the paper does
 * @see Ansari et al. 2024, §4 and §5.1
 */
export function paperSources(series: SeriesSource, options: PaperSourceOptions = {}): readonly WeightedSource[] {
  const { kernelShare = 0.1, missing = 0.2, shortest = 128, longest = 2048 } = options;
  const { kernel = (_: Rng, key: RandomKey) => kernelSynth(key).values } = options;
  return [
    {
      weight: 1 - kernelShare,
      draw: (rng, key) => {
        const length = shortest + uniformInteger(rng, longest - shortest + 1);
        let drawn = 0;
        const mixture = tsMixup(rng, (own) => series(own, foldIn(key, drawn++)), { length });
        return dropValues(rng, mixture, missing);
      },
    },
    { weight: kernelShare, draw: (rng, key) => dropValues(rng, Float64Array.from(kernel(rng, key)), missing) },
  ];
}
