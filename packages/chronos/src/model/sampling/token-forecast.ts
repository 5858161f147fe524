import { EinlabError } from '@einlab/einsum-core';
import { foldIn, type RandomKey } from '@einlab/numerics';
import type { ChronosGpt2Config, ChronosT5Config } from '../../config/chronos-config.ts';
import { contextOf } from '../patches.ts';
import type { BlockSampler } from './block-sampler.ts';
import type { SamplingOptions } from './sample-token.ts';

/** How paths are sampled. */
export interface SampleOptions extends Partial<SamplingOptions> {
  readonly horizon: number;
  /** Of all random draws. */
  readonly key: RandomKey;
  /** Paths of each series; default the checkpoint's. */
  readonly samples?: number;
  /** The number of each series' random stream; default its place in the call. The same stream gives the same paths, whatever else is in the call. */
  readonly streams?: readonly number[];
  /**
   * What follows the steps that the model was trained for: `median` appends the lower median of the samples to the context, as the reference does, so
   * that paths are joined from independent pieces; `paths` continues every sample from its own past.
   */
  readonly beyond?: 'median' | 'paths';
}

/** Samples from a model of tokens; holds its compiled programs. */
export interface TokenForecaster {
  /** Paths of every series, `f32[sample][horizon]`. */
  sample(series: readonly ArrayLike<number>[], options: SampleOptions): Promise<Float32Array[][]>;
  dispose(): void;
}

/** The lower of the two middle values of an even number, as PyTorch's median. */
export function lowerMedian(values: ArrayLike<number>): number {
  return Float64Array.from(values).sort()[Math.floor((values.length - 1) / 2)];
}

/**
 * Paths of any length out of blocks of the trained one.
 *
 * @param contextFor - what the model reads of a series; default its last values
 */
export function tokenForecaster(
  sampler: BlockSampler,
  config: Pick<ChronosT5Config | ChronosGpt2Config, 'tokenizer' | 'sampling'>,
  contextFor: (values: ArrayLike<number>, length: number) => Float32Array = contextOf,
): TokenForecaster {
  const { predictionLength, contextLength } = config.tokenizer;
  const block = sampler.sample;

  const sampleOne = async (
    values: ArrayLike<number>,
    own: RandomKey,
    options: SampleOptions,
  ): Promise<Float32Array[]> => {
    const { samples = config.sampling.samples, horizon, beyond = 'median' } = options;
    const sampling = samplingOf(config, options);
    const keyOf = (round: number, path: number): RandomKey => foldIn(foldIn(own, round), path);
    const all = Array.from({ length: samples }, (_, path) => path);
    const start = [...contextFor(values, contextLength)];
    let paths = all.map(() => [] as number[]);
    let contexts = [start];
    for (let round = 0, done = 0; done < horizon; round++) {
      const steps = Math.min(predictionLength, horizon - done);
      const keys = all.map((path) => keyOf(round, path));
      const next: Float32Array[] = [];
      if (contexts.length === 1) next.push(...(await block(contexts[0], steps, sampling, keys)));
      else for (const path of all) next.push(...(await block(contexts[path], steps, sampling, [keys[path]])));
      paths = paths.map((path, i) => [...path, ...next[i]]);
      done += steps;
      contexts =
        beyond === 'paths'
          ? paths.map((path) => [...start, ...path].slice(-contextLength))
          : [[...contexts[0], ...Array.from({ length: steps }, (_, at) => lowerMedian(next.map((path) => path[at])))]];
    }
    return paths.map((path) => Float32Array.from(path));
  };

  return {
    async sample(series, options) {
      const results: Float32Array[][] = [];
      for (const [at, values] of series.entries()) {
        results.push(await sampleOne(values, foldIn(options.key, options.streams?.[at] ?? at), options));
      }
      return results;
    },
    dispose: () => sampler.dispose(),
  };
}

/** Settings that make sense, those left out being the checkpoint's. @throws {EinlabError} `option` */
export function samplingOf(
  { sampling }: Pick<ChronosT5Config, 'sampling'>,
  options: Partial<SampleOptions>,
): SamplingOptions {
  const {
    temperature = sampling.temperature,
    topK = sampling.topK,
    topP = sampling.topP,
    samples = sampling.samples,
  } = options;
  const checks = [
    ['temperature', temperature, temperature > 0 && temperature < Infinity, 'a number > 0'],
    ['topK', topK, Number.isInteger(topK) && topK >= 1, 'a whole number ≥ 1'],
    ['topP', topP, topP > 0 && topP <= 1, 'a number in (0, 1]'],
    ['samples', samples, Number.isInteger(samples) && samples >= 1, 'a whole number ≥ 1'],
  ] as const;
  for (const [name, value, isRight, expected] of checks) {
    if (!isRight)
      throw new EinlabError('option', `sample: ${name} is ${value}; expected ${expected}`, { [name]: value });
  }
  return { temperature, topK, topP };
}
