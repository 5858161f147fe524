import { dense } from '@einlab/nn';
import { atLeast, type RowPlan, speedRatio } from '../engine/lab.ts';
import type { ModelSize } from '../engine/transformer/language-model.ts';
import { timeStep } from '../engine/transformer/transformer-rows.ts';
import { gpuNames } from './names.ts';

/** Small enough for a software adapter, which then takes about a second. */
const size: ModelSize = { width: 128, depth: 2, heads: 4, time: 64, batch: 4, vocab: 256 };

/** The training step of a transformer, forward, backward and update. */
export const gpuTransformerRow: RowPlan = {
  group: 'transformer',
  name: `training step, width ${size.width}, ${size.depth} layers, ${size.time} tokens, batch ${size.batch}`,
  async measure(lab) {
    const engines = await timeStep(lab, [gpuNames.ours, gpuNames.jaxJs], size, dense());
    const ratio = speedRatio(engines, gpuNames.ours, [gpuNames.jaxJs]);
    return { engines, criteria: [atLeast('must', 2, 'ours ÷ jax-js, jitted', ratio)], notes: [] };
  },
};
