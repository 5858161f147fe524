import { negate } from '@einlab/einsum-core';
import { type Check, type Contestant, contest } from '../../harness/contest.ts';
import { lastLevelCacheBytes } from '../../harness/machine.ts';
import { isEinlab, prepareEinlab } from '../../peers/einlab.ts';
import { atLeast, bestOf, engineNames, type Lab, opened, peerNames, type RowPlan, speedRatio } from './lab.ts';
import { type MemoryTask, memoryTasks } from './memory-tasks.ts';
import { timeTask } from './task-rows.ts';

const { ours, oursTwo, ortNodeTwo, torchTwo } = engineNames;
const names = [ours, oursTwo, ...peerNames, ortNodeTwo, torchTwo];
const copyBy = (engine: string): string => `${engine}, copy`;

/** Our own loop that reads as many bytes as it writes, `bytes` together, and changes no more than the sign. */
function copiesOf(lab: Lab, bytes: number): Contestant[] {
  const values = new Float32Array(Math.round(bytes / 8)).fill(1.5);
  // a search instead of a comparison with as many numbers in f64
  const check: Check = (got) => {
    const wrong = Array.prototype.findIndex.call(got, (value) => value !== -1.5);
    const isRight = wrong < 0 && got.length === values.length;
    const explanation = isRight
      ? ''
      : `element ${wrong} of ${got.length} is ${got[wrong]}; expected −1.5 in all ${values.length}`;
    return { isRight, error: isRight ? 0 : Number.POSITIVE_INFINITY, limit: 0, explanation };
  };
  return opened(lab, [ours, oursTwo])
    .filter(isEinlab)
    .map(({ name, device }) => ({
      name: copyBy(name),
      check,
      candidates: [
        {
          form: 'negate',
          prepare: () => prepareEinlab(device, [{ shape: [values.length], values }], (x) => [negate(x)]),
        },
      ],
    }));
}

/** Arrays together so many times as large as the last-level cache are beyond it. */
const BEYOND = 1.5;
const beyondCaches = (engine: string): string => `${engine}, beyond the caches`;

/** The same work on two threads on arrays beyond the caches, and a copy of as many bytes, where the usual ones are not. */
async function beyond(lab: Lab, { bytes, larger }: MemoryTask): Promise<{ bytes: number; contestants: Contestant[] }> {
  const wanted = BEYOND * (lastLevelCacheBytes() ?? 0);
  if (lab.isQuick || bytes >= wanted) return { bytes, contestants: [] };
  const { inputs, f, check, ...large } = larger(Math.ceil(wanted / bytes));
  const own = opened(lab, [oursTwo]).filter(isEinlab);
  const isRight = await check();
  const works = own.map(({ device }) => ({
    name: beyondCaches(oursTwo),
    check: isRight,
    candidates: [{ form: 'compiled', prepare: () => prepareEinlab(device, inputs, f) }],
  }));
  const copies = copiesOf({ ...lab, peers: own }, large.bytes);
  return {
    bytes: large.bytes,
    contestants: [...works, ...copies.map((copy) => ({ ...copy, name: beyondCaches(copy.name) }))],
  };
}

/** Every contestant brings a check of its own. */
const noCheck = (): never => {
  throw new Error('a work beyond the caches has no check');
};

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
const gigabytesPerSecond = (bytes: number, milliseconds: number | undefined): string =>
  milliseconds === undefined ? 'not measured' : `${(bytes / milliseconds / 1e6).toFixed(1)} GB/s`;

function memoryRow(memoryTask: MemoryTask): RowPlan {
  const { name, task, bytes } = memoryTask;
  return {
    group: 'memory',
    name,
    async measure(lab: Lab) {
      const { turns } = lab;
      const fewer = { ...lab, turns: { ...turns, samplesPerPass: Math.ceil(turns.samplesPerPass / 2) } };
      const engines = await timeTask(fewer, names, task, copiesOf(lab, bytes));
      // by themselves: arrays of this size are not to be in the way of the others, and their pace is another
      const large = await beyond(lab, memoryTask);
      const isBeyond = large.contestants.length > 0;
      const largeEngines = isBeyond ? await contest(large.contestants, noCheck, fewer.turns) : {};
      const share = speedRatio(engines, oursTwo, [copyBy(oursTwo)]);
      const largeShare = speedRatio(largeEngines, beyondCaches(oursTwo), [beyondCaches(copyBy(oursTwo))]);
      const shareOfOne = speedRatio(engines, ours, [copyBy(ours)]);
      const judged = isBeyond ? largeShare : share;
      const quantity = isBeyond
        ? 'bytes per second ÷ those of a copy, both on two threads, on arrays beyond the caches'
        : 'bytes per second ÷ those of a copy, both on two threads';
      const toPeers = speedRatio(engines, ours, peerNames);
      const copy = (size: number, timings: typeof engines, engine: string): string =>
        `a copy of ${megabytes(size)} runs at ${gigabytesPerSecond(size, bestOf(timings, engine))}`;
      return {
        engines,
        pace: { amount: bytes, unit: 'GB/s' },
        criteria: [atLeast('must', 0.5, quantity, judged), atLeast('aim', 0.8, quantity, judged)],
        notes: [
          ...(isBeyond
            ? [
                `on two threads, ${megabytes(bytes)} read and written, which the last-level cache may hold: ${share?.toFixed(2)} of a copy; ${copy(bytes, engines, copyBy(oursTwo))}`,
                `${megabytes(large.bytes)}, ${BEYOND} times the last-level cache that the system reports and more: ${largeShare?.toFixed(2)}; ${copy(large.bytes, largeEngines, beyondCaches(copyBy(oursTwo)))}`,
              ]
            : []),
          ...(shareOfOne === undefined ? [] : [`on one thread, beside a copy on one: ${shareOfOne.toFixed(2)}`]),
          ...(toPeers === undefined ? [] : [`ours on one thread ÷ fastest peer ${toPeers.toFixed(2)}`]),
        ],
      };
    },
  };
}

/** Softmax, normalization, losses, elementwise chains and the optimizer, beside a copy of the same bytes. */
export const memoryRows: readonly RowPlan[] = memoryTasks.map(memoryRow);
