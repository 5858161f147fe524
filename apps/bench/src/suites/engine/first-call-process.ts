// Run in a process of its own: times the first call of the transformer's training step and some later ones.
import { openDevice } from '@einlab/einsum-core';
import { dense } from '@einlab/nn';
import type { FirstCall } from './first-call.ts';
import { einlabStep } from './transformer/einlab-step.ts';
import { languageModel } from './transformer/language-model.ts';
import { modelSize } from './transformer/transformer-rows.ts';

const device = await openDevice('wasm');
const step = await einlabStep(device, languageModel(modelSize, dense(), 1));
const times: number[] = [];
for (let i = 0; i < 4; i++) {
  const start = performance.now();
  await step.run();
  times.push(performance.now() - start);
}
const [first = Number.NaN, ...later] = times;
const result: FirstCall = { first, later: Math.min(...later) };
process.stdout.write(`${JSON.stringify(result)}\n`);
step.dispose();
device.close();
