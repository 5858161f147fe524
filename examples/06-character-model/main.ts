// A tiny transformer learns a few lines by heart, character by character, and then recites them.
import { argMax, compile, random, type Tensor, tensor } from '@einlab/einsum-core';
import {
  adamW,
  characterVocabulary,
  cosineRate,
  crossEntropy,
  randomWindows,
  rates,
  train,
  transformer,
} from '@einlab/nn';

const text = `the cat sat on the mat. the dog dug in the fog. a bird heard the third word. `;
const lines = text.repeat(8);
const vocabulary = characterVocabulary(lines);
const time = 24;
const steps = 240;

const [modelKey, dataKey] = random.split(random.key(6), 2) as [Tensor, Tensor];
const model = transformer.init(modelKey, { vocab: vocabulary.size, context: time, width: 48, depth: 2, heads: 4 });

console.log('step  loss');
const { params } = await train({
  params: model,
  loss: (params, batch) => crossEntropy(transformer.apply(params, batch.inputs), batch.targets),
  data: randomWindows(vocabulary.encode(lines), dataKey, { batch: 8, time }),
  optimizer: adamW({ rates: rates(model, { base: { width: 48 } }) }),
  schedule: cosineRate({ rate: 0.006, steps, warmup: 20 }),
  steps,
  clip: 1,
  reportEvery: 40,
  onProgress: ({ step, loss }) => console.log(`${step}`.padEnd(5), loss.toFixed(2)),
});

// The likeliest character, again and again. The window keeps its length, so one program serves every step.
const next = compile((ids: Tensor) => argMax(transformer.apply(params, ids), 2));
const ids = [...vocabulary.encode(text.slice(0, time))];
for (let i = 0; i < 50; i++) {
  const window = tensor(Int32Array.from(ids.slice(-time)), { shape: [1, time] });
  const guesses = await (await next(window)).data();
  ids.push(guesses[time - 1] ?? 0);
}
const recited = vocabulary.decode(Int32Array.from(ids));
console.log(`\nafter "${text.slice(0, time)}" it recites "${recited.slice(time)}"`);
