import { compile, type Tensor, tensor } from '@einlab/einsum-core';
import type { ChronosT5Config } from '../../config/chronos-config.ts';
import { meanScaleTokenizer } from '../../tokenize/mean-scale-tokenizer.ts';
import type { Embedding } from '../embedding.ts';
import { paddedIds } from '../sampling/block-sampler.ts';
import { type TokenForecaster, tokenForecaster } from '../sampling/token-forecast.ts';
import { t5BlockSampler } from './t5-block-sampler.ts';
import { type ChronosT5Parameters, encodeT5 } from './t5-model.ts';

/** Samples from a Chronos-T5 model; holds its compiled programs. */
export interface T5Forecaster extends TokenForecaster {
  /** The encoder's states of the last values of each series and of the end. */
  embed(series: readonly ArrayLike<number>[]): Promise<Embedding[]>;
}

/**
 * A sampler over kept parameters. The encoder and the keys of the context run once per series; each step is one replay of one program over all of a
 * series' samples, with the keys and values of earlier steps kept on the device.
 */
export function t5Forecaster(parameters: ChronosT5Parameters, config: ChronosT5Config): T5Forecaster {
  const forecaster = tokenForecaster(t5BlockSampler(parameters, config), config);
  const tokenizer = meanScaleTokenizer(config.tokenizer);
  const { contextLength, pad = 0 } = config.tokenizer;
  const encoder = compile(
    (own: ChronosT5Parameters, ids: Tensor, visible: Tensor): Tensor => encodeT5(own, config, { ids, visible }).hidden,
  );
  return {
    sample: forecaster.sample,
    async embed(series) {
      const results: Embedding[] = [];
      for (const values of series) {
        const { ids, mask, scale } = tokenizer.encodeContext(values);
        const told = paddedIds(ids, mask, contextLength + 1, pad);
        const shape = [1, told.ids.length];
        using states = await encoder(
          parameters,
          tensor(told.ids, { shape }),
          tensor(told.visible, { shape, dtype: 'bool' }),
        );
        const { width } = config.body;
        const own = (await states.data()).slice((told.ids.length - ids.length) * width);
        results.push({ states: Float32Array.from(own), time: ids.length, width, location: 0, scale });
      }
      return results;
    },
    dispose() {
      forecaster.dispose();
      encoder.dispose();
    },
  };
}
