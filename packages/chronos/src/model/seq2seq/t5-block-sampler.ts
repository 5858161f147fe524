import { type Compiled, compile, evaluate, type Tensor, tensor, zeros } from '@einlab/einsum-core';
import { type RandomKey, rngFromKey } from '@einlab/numerics';
import type { ChronosT5Config } from '../../config/chronos-config.ts';
import { meanScaleTokenizer } from '../../tokenize/mean-scale-tokenizer.ts';
import { roundedCount } from '../bolt/bolt-forecast.ts';
import { drawToken, type SamplingOptions, tokenProbabilities } from './sample-token.ts';
import { type CrossCache, decodeStep, prepareSeries, type StepCache } from './t5-decode-step.ts';
import type { ChronosT5Parameters } from './t5-model.ts';

/** Samples no more steps than the model was trained for; holds its compiled programs. */
export interface BlockSampler {
  /** Paths that continue one context, one for each key: `f32[sample][steps]`. */
  sample(
    context: ArrayLike<number>,
    steps: number,
    sampling: SamplingOptions,
    keys: readonly RandomKey[],
  ): Promise<Float32Array[]>;
  dispose(): void;
}

/** The programs of a model: one for contexts, one for steps. */
export function t5BlockSampler(parameters: ChronosT5Parameters, config: ChronosT5Config): BlockSampler {
  const tokenizer = meanScaleTokenizer(config.tokenizer);
  const { predictionLength, end = 1, pad = 0 } = config.tokenizer;
  const prepare = compile((own: ChronosT5Parameters, ids: Tensor, visible: Tensor) =>
    prepareSeries(own, config, { ids, visible }),
  );
  type Step = Compiled<
    [ChronosT5Parameters, Tensor, Tensor, CrossCache, StepCache],
    { readonly scores: Tensor; readonly cache: StepCache }
  >;
  const step: Step = compile(
    (own: ChronosT5Parameters, ids: Tensor, at: Tensor, cross: CrossCache, cache: StepCache) =>
      decodeStep(own, config, { ids, step: at, cross, cache }),
    { donate: [4] },
  );

  const emptyCache = (samples: number): Promise<StepCache> => {
    const { heads, dim } = config.body;
    const room = (): Tensor => zeros([samples, predictionLength, heads, dim]).add(0);
    return evaluate(parameters.decoder.block.map(() => ({ keys: room(), values: room() })));
  };

  const sample: BlockSampler['sample'] = async (context, steps, sampling, keys) => {
    const { ids, mask, scale } = tokenizer.encodeContext(context);
    const time = roundedCount(ids.length);
    const padded = Int32Array.from({ length: time }, (_, t) =>
      t < time - ids.length ? pad : ids[t - (time - ids.length)],
    );
    const seen = Int32Array.from({ length: time }, (_, t) =>
      t < time - ids.length ? 0 : mask[t - (time - ids.length)],
    );
    const shape = [1, time];
    const cross = await prepare(parameters, tensor(padded, { shape }), tensor(seen, { shape, dtype: 'bool' }));
    const samples = keys.length;
    const streams = keys.map(rngFromKey);
    const paths = keys.map(() => new Float32Array(steps));
    let cache = await emptyCache(samples);
    let last = new Int32Array(samples);
    try {
      for (let at = 0; at < steps; at++) {
        const result = await step(parameters, tensor(last), tensor(Int32Array.of(at), { shape: [] }), cross, cache);
        cache = result.cache;
        const scores = await result.scores.data();
        result.scores.dispose();
        const vocab = scores.length / samples;
        last = Int32Array.from(streams, (rng, row) => {
          const own = Float64Array.from(scores.subarray(row * vocab, (row + 1) * vocab));
          // a path has exactly as many steps as were asked for
          own[end] = -Infinity;
          const id = drawToken(rng, tokenProbabilities(own, sampling));
          paths[row][at] = tokenizer.decode(id, scale);
          return id;
        });
      }
    } finally {
      for (const { keys: k, values } of [...cache, ...cross.layers]) {
        k.dispose();
        values.dispose();
      }
      cross.visible.dispose();
    }
    return paths;
  };

  return {
    sample,
    dispose() {
      prepare.dispose();
      step.dispose();
    },
  };
}
