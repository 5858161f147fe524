// A run that is interrupted and resumed ends with the same bits as the run that was not.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { random, type Tensor } from '@einlab/einsum-core';
import {
  adamW,
  linear,
  loadSafetensors,
  meanSquaredError,
  readNpy,
  type TrainOptions,
  train,
  writeNpy,
} from '@einlab/nn';

const folder = await mkdtemp(join(tmpdir(), 'einlab-example-'));
const path = join(folder, 'run.safetensors');
const start = { layer: linear.init(random.key(7), { in: 8, out: 2, bias: true }) };
const shared: TrainOptions<typeof start, Tensor> = {
  params: start,
  loss: ({ layer }, x) => meanSquaredError(linear.apply(layer, x), x.slice([0, 0], [32, 2]).square()),
  // The batch of a step depends on the step alone; that is what makes the resumed run equal.
  data: (step) => random.normal(random.key(1000 + step), [32, 8]),
  optimizer: adamW({ rate: 0.01 }),
  steps: 100,
};

const whole = await train(shared);

const stop = new AbortController();
const first = await train({
  ...shared,
  checkpoint: { path },
  signal: stop.signal,
  reportEvery: 10,
  onProgress: ({ step }) => step >= 40 && stop.abort(),
});
const second = await train({ ...shared, resumeFrom: path });

console.log('run      steps  aborted');
for (const [name, run] of Object.entries({ whole, first, second }))
  console.log(name.padEnd(8), `${run.step}`.padEnd(6), run.aborted);

const weightOf = (params: typeof start): Promise<ArrayLike<number>> =>
  params.layer.map.toDense(params.layer.cores).data();
const [a, b] = [await weightOf(whole.params), await weightOf(second.params)];
console.log(
  '\nequal to the last bit:',
  Array.from(a).every((value, i) => Object.is(value, b[i])),
);

// The checkpoint is an ordinary safetensors file, and single arrays go to NumPy and back as npy files.
const { tensors } = await loadSafetensors(path);
console.log('\ntensor in the checkpoint                        shape');
for (const [name, { shape }] of Object.entries(tensors).sort()) console.log(name.padEnd(47), JSON.stringify(shape));
await writeNpy(join(folder, 'bias.npy'), second.params.layer.bias ?? random.key(0));
console.log('\nread back from npy:', JSON.stringify((await readNpy(join(folder, 'bias.npy'))).shape));
await rm(folder, { recursive: true });
