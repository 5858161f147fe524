import { negate } from '@einlab/einsum-core';
import { checkResult } from '../../harness/check.ts';
import type { Contestant } from '../../harness/contest.ts';
import { isEinlab, prepareEinlab } from '../../peers/einlab.ts';
import { atLeast, engineNames, type Lab, opened, peerNames, type RowPlan, speedRatio } from './lab.ts';
import { type MemoryTask, memoryTasks } from './memory-tasks.ts';
import { timeTask } from './task-rows.ts';

const { ours, oursTwo, ortNodeTwo, torchTwo } = engineNames;
const names = [ours, oursTwo, ...peerNames, ortNodeTwo, torchTwo];
const copyBy = (engine: string): string => `${engine}, copy`;

/** Our own loop that reads as many bytes as it writes, `bytes` together, and changes no more than the sign. */
function copiesOf(lab: Lab, bytes: number): Contestant[] {
  const values = new Float32Array(Math.round(bytes / 8)).fill(1.5);
  const negated = Float64Array.from(values, (value) => -value);
  const exact = { values: negated, magnitudes: negated.map(Math.abs) };
  return opened(lab, [ours, oursTwo])
    .filter(isEinlab)
    .map(({ name, device }) => ({
      name: copyBy(name),
      check: (got) => checkResult(got, exact, 0),
      candidates: [
        {
          form: 'negate',
          prepare: () => prepareEinlab(device, [{ shape: [values.length], values }], (x) => [negate(x)]),
        },
      ],
    }));
}

function memoryRow({ name, task, bytes }: MemoryTask): RowPlan {
  return {
    group: 'memory',
    name,
    async measure(lab: Lab) {
      const { turns } = lab;
      const fewer = { ...lab, turns: { ...turns, samplesPerPass: Math.ceil(turns.samplesPerPass / 2) } };
      const engines = await timeTask(fewer, names, task, copiesOf(lab, bytes));
      const share = speedRatio(engines, oursTwo, [copyBy(oursTwo)]);
      const shareOfOne = speedRatio(engines, ours, [copyBy(ours)]);
      const quantity = 'bytes per second ÷ those of a copy, both on two threads';
      const toPeers = speedRatio(engines, ours, peerNames);
      return {
        engines,
        pace: { amount: bytes, unit: 'GB/s' },
        criteria: [atLeast('must', 0.5, quantity, share), atLeast('aim', 0.8, quantity, share)],
        notes: [
          ...(shareOfOne === undefined ? [] : [`on one thread, beside a copy on one: ${shareOfOne.toFixed(2)}`]),
          ...(toPeers === undefined ? [] : [`ours on one thread ÷ fastest peer ${toPeers.toFixed(2)}`]),
        ],
      };
    },
  };
}

/** Softmax, normalization, losses, elementwise chains and the optimizer, beside a copy of the same bytes. */
export const memoryRows: readonly RowPlan[] = memoryTasks.map(memoryRow);
