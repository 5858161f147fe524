import {
  compile,
  evaluate,
  isTensor,
  random,
  type Tensor,
  tensor,
  treeEntries,
  valueAndGrad,
} from '@einlab/einsum-core';
import { encodeSafetensors } from '@einlab/nn';
import { foldIn, keyFromSeed, rngFromKey } from '@einlab/numerics';
import { expect, it } from 'vitest';
import { expectClose, onBackends, useBackend } from '../../golden.test-helper.ts';
import { openPipeline } from '../../pipeline/pipeline.ts';
import { tinyGpt2 as config } from '../../tiny.test-helper.ts';
import { meanScaleTokenizer } from '../../tokenize/mean-scale-tokenizer.ts';
import { writeConfig } from '../../weights/write-config.ts';
import { randomMaker } from '../parameter-maker.ts';
import { candidatesOf, drawToken } from '../sampling/sample-token.ts';
import { gpt2Forecaster, lastObserved } from './gpt2-forecast.ts';
import { gpt2Loss } from './gpt2-loss.ts';
import { applyGpt2, type Gpt2Parameters, makeGpt2 } from './gpt2-model.ts';

type Values = ReadonlyMap<string, Float64Array>;

/** Weights that are far from uniform attention: all of order 1, biases too. */
async function weights(seed: number, deviation: number = 0.4): Promise<Gpt2Parameters> {
  const drawn = makeGpt2(randomMaker(random.key(seed)), config);
  let at = 0;
  const louder = (leaf: Tensor): Tensor =>
    random.normal(random.key(seed * 1000 + at++), leaf.shape).multiply(deviation);
  const tree = (node: unknown): unknown =>
    isTensor(node)
      ? louder(node)
      : Array.isArray(node)
        ? node.map(tree)
        : Object.fromEntries(Object.entries(node as object).map(([name, child]) => [name, tree(child)]));
  return evaluate(tree(drawn) as Gpt2Parameters);
}

async function valuesOf(parameters: Gpt2Parameters): Promise<Values> {
  const all = new Map<string, Float64Array>();
  for (const [name, leaf] of treeEntries(parameters)) {
    if (isTensor(leaf)) all.set(name, Float64Array.from(await leaf.data()));
  }
  return all;
}

/** The definition in plain loops: the scores after the last of a sequence. */
function lastScores(values: Values, ids: readonly number[], mask: readonly number[]): Float64Array {
  const { width, heads, hidden, layers, vocab, eps } = config.body;
  const dim = width / heads;
  const get = (name: string): Float64Array => values.get(`transformer.${name}`) ?? new Float64Array();
  const norm = (x: Float64Array, name: string): Float64Array => {
    const mean = x.reduce((a, b) => a + b) / width;
    const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / width;
    const [scale, shift] = [get(`${name}.weight`), get(`${name}.bias`)];
    return x.map((value, i) => ((value - mean) / Math.sqrt(variance + eps)) * scale[i] + shift[i]);
  };
  const map = (x: Float64Array, name: string, out: number): Float64Array => {
    const [matrix, bias] = [get(`${name}.weight`), get(`${name}.bias`)];
    return Float64Array.from({ length: out }, (_, o) =>
      x.reduce((sum, value, i) => sum + value * matrix[i * out + o], bias[o]),
    );
  };
  const gelu = (x: number): number => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
  let seen = 0;
  let states = ids.map((id, t) => {
    seen += mask[t];
    const position = Math.max(0, seen - 1);
    return Float64Array.from(
      { length: width },
      (_, i) => get('wte.weight')[id * width + i] + get('wpe.weight')[position * width + i],
    );
  });
  for (let layer = 0; layer < layers; layer++) {
    const all = states.map((x) => map(norm(x, `h.${layer}.ln_1`), `h.${layer}.attn.c_attn`, 3 * width));
    states = states.map((x, t) => {
      const mixed = new Float64Array(width);
      for (let head = 0; head < heads; head++) {
        const scores = all.slice(0, t + 1).map((other, s) => {
          if (mask[s] === 0) return -Infinity;
          let dot = 0;
          for (let d = 0; d < dim; d++) dot += all[t][head * dim + d] * other[width + head * dim + d];
          return dot / Math.sqrt(dim);
        });
        const largest = Math.max(...scores);
        if (largest === -Infinity) continue;
        const powers = scores.map((score) => Math.exp(score - largest));
        const total = powers.reduce((a, b) => a + b);
        powers.forEach((power, s) => {
          for (let d = 0; d < dim; d++) mixed[head * dim + d] += (power / total) * all[s][2 * width + head * dim + d];
        });
      }
      const attended = map(mixed, `h.${layer}.attn.c_proj`, width).map((value, i) => value + x[i]);
      const inner = map(norm(attended, `h.${layer}.ln_2`), `h.${layer}.mlp.c_fc`, hidden).map(gelu);
      return map(inner, `h.${layer}.mlp.c_proj`, width).map((value, i) => value + attended[i]);
    });
  }
  const final = norm(states[states.length - 1], 'ln_f');
  return Float64Array.from({ length: vocab }, (_, id) =>
    final.reduce((sum, value, i) => sum + value * get('wte.weight')[id * width + i], 0),
  );
}

const ids = (rows: readonly (readonly number[])[]): Tensor =>
  tensor(Int32Array.from(rows.flat()), { shape: [rows.length, rows[0].length] });
const flags = (rows: readonly (readonly number[])[]): Tensor =>
  tensor(Int32Array.from(rows.flat()), { shape: [rows.length, rows[0].length], dtype: 'bool' });

const series = [2, 3, 5, NaN, 4, 3, 6, 2, 4];

onBackends('Chronos on GPT-2', (backend, all) => {
  useBackend(backend);

  it('computes the scores of the definition, hidden positions left out', async () => {
    const parameters = await weights(3);
    const values = await valuesOf(parameters);
    const [row, mask] = [
      [0, 0, 7, 9, 0, 12, 30],
      [0, 0, 1, 1, 0, 1, 1],
    ];
    const scores = await applyGpt2(parameters, config, { ids: ids([row]), visible: flags([mask]) }).data();
    const { vocab } = config.body;
    for (const t of [2, 3, 5, 6]) {
      const expected = lastScores(values, row.slice(0, t + 1), mask.slice(0, t + 1));
      expectClose(scores.subarray(t * vocab, (t + 1) * vocab), [...expected], 1e-5, `position ${t}`);
    }
  });

  it('goes on step by step as the definition does from the beginning, over several parts of the cache', async () => {
    const parameters = await weights(4, 0.8);
    const values = await valuesOf(parameters);
    const long = { ...config, tokenizer: { ...config.tokenizer, predictionLength: 35 } };
    const forecaster = gpt2Forecaster(parameters, long);
    const horizon = all ? 35 : 3;
    // a step counts for much where there are few
    const short = [2, 3];
    // drawn ids, as greedy ones repeat themselves whatever is attended to
    const sampling = { temperature: 1, topK: 32, topP: 1 };
    const [[path]] = await forecaster.sample([short], { horizon, key: keyFromSeed(1), samples: 1, ...sampling });
    const rng = rngFromKey(foldIn(foldIn(foldIn(keyFromSeed(1), 0), 0), 0));
    const tokenizer = meanScaleTokenizer(long.tokenizer);
    const told = tokenizer.encodeContext(lastObserved(short, 20));
    const [sequence, mask] = [[...told.ids], [...told.mask]];
    const expected = Array.from({ length: horizon }, () => {
      const scores = lastScores(values, sequence, mask);
      const id = drawToken(rng, candidatesOf(scores, sampling, 1));
      sequence.push(id);
      mask.push(1);
      return tokenizer.decode(id, told.scale);
    });
    expect([...path]).toEqual(expected);
  });

  if (!all) return;

  it('draws the same paths alone and among others, and forecasts nothing observed', async () => {
    const forecaster = gpt2Forecaster(await weights(5), config);
    const options = { key: keyFromSeed(7), samples: 3, horizon: 10 };
    const together = await forecaster.sample([series, [1, 2, 1], [NaN, NaN]], { ...options, streams: [5, 6, 7] });
    const [alone] = await forecaster.sample([[1, 2, 1]], { ...options, streams: [6] });
    expect(alone).toEqual(together[1]);
    expect(new Set(alone.map((path) => path.join())).size).toBeGreaterThan(1);
    expect(together[2].every((path) => path.every(Number.isFinite))).toBe(true);
  });

  it('has a loss that is the mean over visible pairs, with the gradients of finite differences', async () => {
    const parameters = await weights(6);
    const values = await valuesOf(parameters);
    const rows = [
      [0, 5, 9, 0, 8, 1],
      [7, 7, 8, 9, 1, 0],
    ];
    const masks = [
      [0, 1, 1, 0, 1, 1],
      [1, 1, 1, 1, 1, 0],
    ];
    let [total, count] = [0, 0];
    rows.forEach((row, r) => {
      for (let t = 0; t + 1 < row.length; t++) {
        if (masks[r][t] === 0 || masks[r][t + 1] === 0) continue;
        const scores = lastScores(values, row.slice(0, t + 1), masks[r].slice(0, t + 1));
        const largest = Math.max(...scores);
        total +=
          largest + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - largest), 0)) - scores[row[t + 1]];
        count += 1;
      }
    });
    const batch = { ids: ids(rows), visible: flags(masks) };
    const loss = (own: Gpt2Parameters): Tensor => gpt2Loss(own, config, batch);
    const [value, grads] = await compile((own: Gpt2Parameters) => valueAndGrad(loss)(own))(parameters);
    expectClose([await value.item()], [total / count], 1e-5, 'loss');
    // along one random direction through all parameters
    const directions = new Map(
      [...values].map(([name, own]) => [name, own.map((_, i) => Math.sin(i * 7 + name.length))]),
    );
    const moved = (by: number): Values =>
      new Map([...values].map(([name, own]) => [name, own.map((v, i) => v + by * (directions.get(name)?.[i] ?? 0))]));
    const lossAt = (own: Values): number => {
      let sum = 0;
      rows.forEach((row, r) => {
        for (let t = 0; t + 1 < row.length; t++) {
          if (masks[r][t] === 0 || masks[r][t + 1] === 0) continue;
          const scores = lastScores(own, row.slice(0, t + 1), masks[r].slice(0, t + 1));
          sum += Math.log(scores.reduce((a, score) => a + Math.exp(score), 0)) - scores[row[t + 1]];
        }
      });
      return sum / count;
    };
    const slope = (lossAt(moved(1e-5)) - lossAt(moved(-1e-5))) / 2e-5;
    let own = 0;
    for (const [name, leaf] of treeEntries(grads)) {
      if (!isTensor(leaf)) continue;
      (await leaf.data()).forEach((g, i) => {
        own += g * (directions.get(name)?.[i] ?? 0);
      });
    }
    expect(Math.abs(own - slope)).toBeLessThan(1e-3 * Math.abs(slope));
  });

  it('is opened by a pipeline, under both ways to name its tensors, and fitted', async () => {
    const parameters = await weights(7);
    const json = writeConfig(config);
    const { transformer } = parameters;
    const [own, bare] = await Promise.all([
      openPipeline({ config: json, weights: await encodeSafetensors(parameters) }),
      openPipeline({ config: json, weights: await encodeSafetensors(transformer) }),
    ]);
    const options = { horizon: 6, key: keyFromSeed(2) };
    expect(await bare.predictSamples([series], options)).toEqual(await own.predictSamples([series], options));
    const { states, time } = (await own.embed([series]))[0];
    expect([time, states.length]).toEqual([9, 72]);
    const waves = [5, 7].map((period) =>
      Float64Array.from({ length: 60 }, (_, t) => 3 + Math.sin((2 * Math.PI * t) / period)),
    );
    const { validation, pipeline } = await own.fit(waves, { key: keyFromSeed(1), steps: 60, batch: 8, rate: 1e-2 });
    expect(validation.best).toBeLessThan(0.8 * validation.before);
    expect(await pipeline.predictSamples([series], options)).not.toEqual(await own.predictSamples([series], options));
  }, 60_000);

  it('refuses a table of positions that is too short', async () => {
    const short = { ...config, body: { ...config.body, positions: 23 } };
    const weightsOf = await encodeSafetensors(makeGpt2(randomMaker(random.key(1)), short));
    await expect(openPipeline({ config: writeConfig(short), weights: weightsOf })).rejects.toThrow(
      'n_positions is 23; expected at least context_length + prediction_length = 24',
    );
  });
});
