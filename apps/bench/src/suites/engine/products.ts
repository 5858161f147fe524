import { flopsOf, type Work } from '../../work/work.ts';
import { timeContraction } from './contraction-rows.ts';
import { atLeast, engineNames, type Lab, peerNames, type RowPlan, speedRatio } from './lab.ts';
import { microkernelRate } from './microkernel.ts';

const { ours, oursTwo, ortNode, ortNodeTwo, torch, torchTwo } = engineNames;

const product = (size: number): Work => ({
  name: `product ${size}`,
  pattern: 'mk,kn->mn',
  steps: ['mk,kn->mn'],
  sizes: { m: size, k: size, n: size },
  weights: true,
});

function oneThread(work: Work): RowPlan {
  return {
    group: 'products',
    name: `${work.name}, one thread`,
    async measure(lab: Lab) {
      const engines = await timeContraction(lab, [ours, ...peerNames, ortNode, torch], work);
      const own = engines[ours];
      const rate = await microkernelRate(lab);
      const share = own?.status === 'measured' ? flopsOf(work) / own.best / 1e6 / rate : undefined;
      return {
        engines,
        pace: { amount: flopsOf(work), unit: 'GF/s' },
        criteria: [
          atLeast('must', 1.5, 'ours ÷ fastest peer', speedRatio(engines, ours, peerNames)),
          atLeast('aim', 0.9, 'ours ÷ multiply-adds on resident panels', share),
        ],
        notes: [`multiply-adds on resident panels: ${rate.toFixed(1)} GF/s`],
      };
    },
  };
}

function twoThreads(work: Work): RowPlan {
  return {
    group: 'threads',
    name: `${work.name}, two threads`,
    async measure(lab: Lab) {
      const engines = await timeContraction(lab, [ours, oursTwo, ortNodeTwo, torchTwo], work);
      const ratio = speedRatio(engines, oursTwo, [ours]);
      const quantity = 'ours on two threads ÷ ours on one';
      return {
        engines,
        pace: { amount: flopsOf(work), unit: 'GF/s' },
        criteria: [atLeast('must', 1.8, quantity, ratio), atLeast('aim', 1.95, quantity, ratio)],
        notes: [],
      };
    },
  };
}

const works = [512, 1024].map(product);

/** Square products on one thread and on two. */
export const productRows: readonly RowPlan[] = [...works.map(oneThread), ...works.map(twoThreads)];
