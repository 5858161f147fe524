import { negate } from '@einlab/einsum-core';
import { checkResult } from '../../harness/check.ts';
import { contest } from '../../harness/contest.ts';
import { isEinlab, prepareEinlab } from '../../peers/einlab.ts';
import { isOnGpu, untilDone } from '../../peers/webgpu/awaited.ts';
import { flopsOf } from '../../work/work.ts';
import { timeContraction } from '../engine/contraction-rows.ts';
import { atLeast, bestOf, opened, type RowPlan } from '../engine/lab.ts';
import { product } from './contraction-rows.ts';
import { gpuNames } from './names.ts';

const { ours } = gpuNames;

/** What the device reaches in a product that is large enough for it, alone: nothing is asked of it. */
function paceRow(size: number): RowPlan {
  const work = product(size);
  return {
    group: 'device',
    name: `${work.name}, ours alone`,
    async measure(lab) {
      const engines = await timeContraction(lab, [ours], work);
      const best = bestOf(engines, ours);
      const pace = best === undefined ? undefined : flopsOf(work) / best / 1e9;
      return {
        engines,
        pace: { amount: flopsOf(work), unit: 'GF/s' },
        criteria: [atLeast('must', 0, 'TFLOP/s', pace)],
        notes: [],
      };
    },
  };
}

/** Reading and writing as many bytes. */
function copyRow(elements: number): RowPlan {
  return {
    group: 'device',
    name: `copy of ${(4 * elements) / 2 ** 20} MiB with the sign changed, ours alone`,
    async measure(lab) {
      const values = new Float32Array(elements).fill(1.5);
      const negated = Float64Array.from(values, (value) => -value);
      const check = (got: ArrayLike<number>) =>
        checkResult(got, { values: negated, magnitudes: negated.map(Math.abs) }, 0);
      const contestants = opened(lab, [ours]).flatMap((peer) => {
        if (!isEinlab(peer) || !isOnGpu(peer)) return [];
        const { device, done, name } = peer;
        const prepare = async () =>
          untilDone(await prepareEinlab(device, [{ shape: [elements], values }], (x) => [negate(x)]), done);
        return [{ name, candidates: [{ form: 'negate', prepare }] }];
      });
      const engines = await contest(contestants, check, lab.turns);
      const best = bestOf(engines, ours);
      const pace = best === undefined ? undefined : (8 * elements) / best / 1e6;
      return {
        engines,
        pace: { amount: 8 * elements, unit: 'GB/s' },
        criteria: [atLeast('must', 0, 'GB/s', pace)],
        notes: [],
      };
    },
  };
}

/** What the device reaches, at sizes that keep a graphics card busy, or a processor that imitates one for a moment. */
export const gpuDeviceRows = (isSoftware: boolean): readonly RowPlan[] =>
  isSoftware ? [paceRow(256), copyRow(2 ** 20)] : [paceRow(2048), paceRow(4096), copyRow(2 ** 26)];
