import { compile, type Tensor, tensor } from '@einlab/einsum-core';
import type { ChronosGpt2Config } from '../../config/chronos-config.ts';
import { meanScaleTokenizer } from '../../tokenize/mean-scale-tokenizer.ts';
import type { Embedding } from '../embedding.ts';
import { contextOf } from '../patches.ts';
import { paddedIds } from '../sampling/block-sampler.ts';
import { type TokenForecaster, tokenForecaster } from '../sampling/token-forecast.ts';
import { gpt2BlockSampler } from './gpt2-block-sampler.ts';
import { applyLayerNorm, type Gpt2Parameters, runGpt2 } from './gpt2-model.ts';

/** The last values, each missing one being the last that was observed before it; those before the first stay missing. */
export function lastObserved(values: ArrayLike<number>, length: number): Float32Array {
  let last = NaN;
  return contextOf(values, length).map((value) => {
    if (!Number.isNaN(value)) last = value;
    return last;
  });
}

/** Samples from a causal model; holds its compiled programs. */
export interface Gpt2Forecaster extends TokenForecaster {
  /** The states of the last values of each series, normalized. */
  embed(series: readonly ArrayLike<number>[]): Promise<Embedding[]>;
}

/**
 * A sampler over kept parameters. Missing values are filled with the last observed one, as the reference trains such models; it leaves that to the caller when it forecasts.
 */
export function gpt2Forecaster(parameters: Gpt2Parameters, config: ChronosGpt2Config): Gpt2Forecaster {
  const forecaster = tokenForecaster(gpt2BlockSampler(parameters, config), config, lastObserved);
  const { contextLength, pad = 0 } = config.tokenizer;
  const tokenizer = meanScaleTokenizer({ ...config.tokenizer, modelType: 'causal' });
  const states = compile((own: Gpt2Parameters, ids: Tensor, visible: Tensor): Tensor => {
    const run = runGpt2(own, config, { ids, visible });
    return applyLayerNorm(own.transformer.ln_f, run.states, config.body.eps);
  });
  return {
    sample: forecaster.sample,
    async embed(series) {
      const results: Embedding[] = [];
      for (const values of series) {
        const { ids, mask, scale } = tokenizer.encodeContext(lastObserved(values, contextLength));
        const told = paddedIds(ids, mask, contextLength, pad);
        const shape = [1, told.ids.length];
        using run = await states(
          parameters,
          tensor(told.ids, { shape }),
          tensor(told.visible, { shape, dtype: 'bool' }),
        );
        const { width } = config.body;
        const own = (await run.data()).slice((told.ids.length - ids.length) * width);
        results.push({ states: Float32Array.from(own), time: ids.length, width, location: 0, scale });
      }
      return results;
    },
    dispose() {
      forecaster.dispose();
      states.dispose();
    },
  };
}
