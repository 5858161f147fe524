import { flopsOf, type Work } from '../../work/work.ts';
import { timeContraction } from '../engine/contraction-rows.ts';
import { atLeast, type RowPlan, speedRatio } from '../engine/lab.ts';
import { gpuNames, gpuPeerNames } from './names.ts';

/** A square product. */
export const product = (size: number): Work => ({
  name: `product ${size}`,
  pattern: 'mk,kn->mn',
  steps: ['mk,kn->mn'],
  sizes: { m: size, k: size, n: size },
  weights: true,
});

/** Tokens come first, as in the layers that have such blocks, so that what a batched product reads lies apart. */
const blocks = (b: number, m: number, size: number): Work => ({
  name: `blocks ${b}×(${m}×${size}×${size})`,
  pattern: 'mbk,bkn->mbn',
  steps: ['mbk,bkn->mbn'],
  sizes: { b, m, k: size, n: size },
  weights: true,
});

function contractionRow(group: string, work: Work, must: number): RowPlan {
  return {
    group,
    name: `${work.name}, ${work.pattern}`,
    async measure(lab) {
      const engines = await timeContraction(lab, [gpuNames.ours, ...gpuPeerNames], work);
      const ratio = speedRatio(engines, gpuNames.ours, gpuPeerNames);
      return {
        engines,
        pace: { amount: flopsOf(work), unit: 'GF/s' },
        criteria: [atLeast('must', must, 'ours ÷ fastest peer', ratio)],
        notes: [],
      };
    },
  };
}

/** Square products, and stacks of small ones as one einsum. */
export const gpuContractionRows: readonly RowPlan[] = [
  ...[512, 1024].map((size) => contractionRow('products', product(size), 2)),
  ...[blocks(32, 256, 32), blocks(64, 256, 16), blocks(16, 256, 64), blocks(8, 512, 128)].map((work) =>
    contractionRow('blocks', work, 3),
  ),
];
