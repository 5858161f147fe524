import { einsum } from '@einlab/einsum-core';
import { contest } from '../../harness/contest.ts';
import { contestants, exactCheck } from '../../harness/contraction-contest.ts';
import { isEinlab, prepareEinlab } from '../../peers/einlab.ts';
import { operandsOf } from '../../work/operands.ts';
import { reordered } from '../../work/reordered.ts';
import { flopsOf, patternLetters, shapeOf, type Work } from '../../work/work.ts';
import { type OrderTime, timeOrders } from './block-orders.ts';
import { atLeast, engineNames, type Lab, opened, peerNames, type RowPlan, speedRatio, withMissing } from './lab.ts';
import { microkernelRate } from './microkernel.ts';

const { ours, ortNode, torch } = engineNames;

/** As the batched products of the peers want it; this engine is measured in every order. */
const blocks = (b: number, m: number, size: number): Work => ({
  name: `blocks ${b}×(${m}×${size}×${size})`,
  pattern: 'bmk,bkn->bmn',
  steps: ['bmk,bkn->bmn'],
  sizes: { b, m, k: size, n: size },
  weights: true,
});

/** Peers at the work as it stands, and ours in one order of its axes; all results are compared in the order of the work. */
async function contestInOrder(lab: Lab, work: Work, order: string) {
  const names = [ours, ...peerNames, ortNode, torch];
  const operands = operandsOf(work);
  const { operands: from, out } = patternLetters(work.pattern);
  const { operands: letters, out: outLetters } = patternLetters(order);
  const inputs = letters.map((to, i) => ({
    shape: shapeOf(to, work.sizes),
    values: Float32Array.from(reordered(operands[i] ?? [], from[i] ?? '', to, work.sizes)),
  }));
  const own = opened(lab, [ours])
    .filter(isEinlab)
    .map(({ name, device }) => ({
      name,
      candidates: [
        {
          form: order,
          async prepare() {
            const prepared = await prepareEinlab(device, inputs, (...values) => [einsum(order, ...values)]);
            const read = async (): Promise<Float64Array> =>
              reordered(await prepared.read(), outLetters, out, work.sizes);
            return { ...prepared, read };
          },
        },
      ],
    }));
  const others = contestants(opened(lab, names.slice(1)), work, operands);
  return withMissing(lab, names, await contest([...own, ...others], exactCheck(work, operands), lab.turns));
}

function orderNotes(times: readonly OrderTime[], fastest: number): string[] {
  const share = ({ milliseconds }: OrderTime): number => fastest / milliseconds;
  const slow = times.filter((time) => share(time) < 0.7);
  const slowest = times.slice(-5).reverse();
  return [
    `${times.length} orders; ${slow.length} below 0.7 of the fastest, ${times[0]?.pattern}`,
    `slowest: ${slowest.map((time) => `${time.pattern} ${share(time).toFixed(2)}`).join(', ')}`,
  ];
}

function everyOrder(work: Work): RowPlan {
  return {
    group: 'blocks',
    name: `${work.name}, every order`,
    async measure(lab: Lab) {
      const [peer] = opened(lab, [ours]).filter(isEinlab);
      if (peer === undefined) throw new Error(`${ours} is missing`);
      const times = await timeOrders(lab, peer, work);
      const [fastest, slowest] = [times[0], times.at(-1)];
      if (fastest === undefined || slowest === undefined) throw new Error('no order was measured');
      const engines = await contestInOrder(lab, work, fastest.pattern);
      const rate = await microkernelRate(lab);
      const pace = flopsOf(work) / fastest.milliseconds / 1e6;
      return {
        engines,
        pace: { amount: flopsOf(work), unit: 'GF/s' },
        criteria: [
          atLeast('must', 1.6, 'ours in its best order ÷ fastest peer', speedRatio(engines, ours, peerNames)),
          atLeast('must', 0.7, 'slowest order ÷ fastest order', fastest.milliseconds / slowest.milliseconds),
          atLeast('aim', 0.8, 'best order ÷ multiply-adds on resident panels', pace / rate),
        ],
        notes: orderNotes(times, fastest.milliseconds),
      };
    },
  };
}

/** Stacks of small products in every order of the axes of their operands and results. */
export const blockRows: readonly RowPlan[] = [
  blocks(32, 256, 32),
  blocks(64, 256, 16),
  blocks(16, 256, 64),
  blocks(8, 512, 128),
].map(everyOrder);
