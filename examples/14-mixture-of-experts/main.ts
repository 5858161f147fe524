// A transformer in which every linear layer is a mixture of block tensor trains: eight experts, of which a token uses two.
import { random, type Tensor } from '@einlab/einsum-core';
import {
  addRoutingSums,
  bttMoe,
  countActiveParameters,
  measureRouting,
  observeRouting,
  planExecution,
  routingLoss,
  routingSums,
} from '@einlab/moe';
import {
  adam,
  characterVocabulary,
  countMacs,
  countParameters,
  crossEntropy,
  randomWindows,
  rates,
  train,
  transformer,
} from '@einlab/nn';

const text = 'the cat sat on the mat. the dog dug in the fog. a bird heard the third word. '.repeat(8);
const vocabulary = characterVocabulary(text);
const [modelKey, dataKey] = random.split(random.key(14), 2) as [Tensor, Tensor];
const structure = bttMoe({ experts: 8, k: 2 });
const sizes = { vocab: vocabulary.size, context: 24, width: 36, depth: 1, heads: 4 };
const model = transformer.init(modelKey, { ...sizes, structure, normalized: true });

const { bank, macs } = structure.realize(36, 144);
console.log(`${structure.realize(36, 144)}: ${macs} multiply-accumulates for a token`);
console.log(`${planExecution(bank, 8 * 24, { experts: 8, k: 2, tokensChoose: true, capacity: undefined }).form} form`);
console.log(`parameters ${countParameters(model)}, active ${countActiveParameters(model)}`);
console.log(`multiply-accumulates per token ${countMacs(model)}\n\nstep  loss`);

const data = randomWindows(vocabulary.encode(text), dataKey, { batch: 8, time: 24 });
const { params } = await train({
  params: model,
  loss: (at, { inputs, targets }) => {
    // The routing of every layer that is applied inside comes beside the value: balance losses are made of it.
    const { value, routings } = observeRouting(at, () => transformer.apply(at, inputs));
    return crossEntropy(value, targets).add(routingLoss(routings));
  },
  data,
  optimizer: adam({ rate: 0.008, rates: rates(model, { base: { width: 36 } }) }),
  steps: 160,
  clip: 1,
  reportEvery: 40,
  onProgress: ({ step, loss }) => console.log(`${step}`.padEnd(5), loss.toFixed(2)),
});

const { inputs } = await data(0);
const { routings } = observeRouting(params, () => transformer.apply(params, inputs));
console.log('\nlayer             perplexity of a token  balance');
for (const { path, tokenPerplexity, balance } of measureRouting(await addRoutingSums(routingSums(routings))))
  console.log(path.slice(9).padEnd(17), tokenPerplexity.toFixed(1), balance.toFixed(1));
