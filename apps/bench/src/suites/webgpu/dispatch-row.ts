import type { Tensor } from '@einlab/einsum-core';
import type * as Jax from '@jax-js/jax';
import type * as Core from '@tensorflow/tfjs-core';
import { checkResult } from '../../harness/check.ts';
import { isEinlab, prepareEinlab } from '../../peers/einlab.ts';
import { isJax, waysOf } from '../../peers/jax-js.ts';
import type { Peer, Prepared } from '../../peers/peer.ts';
import { isTfjs, prepareWay } from '../../peers/tfjs.ts';
import { isOnGpu } from '../../peers/webgpu/awaited.ts';
import { inputOf } from '../../work/operands.ts';
import { referenceResult } from '../../work/reference.ts';
import type { Task } from '../../work/task.ts';
import { atMost, type Lab, opened, type RowPlan } from '../engine/lab.ts';
import { type DispatchTime, timeDispatches } from './dispatch-time.ts';
import { gpuNames, gpuPeerNames } from './names.ts';

/** Steps of the chain; each takes the largest of the columns, then of the rows, so that none can join the next. */
const STEPS = 60;
const input = inputOf([16, 16], 1);
const inputs = [input];

const chain = <X>(x: X, step: (x: X, axis: number) => X): X =>
  Array.from({ length: STEPS }, (_, i) => i % 2).reduce(step, x);

const f = (x: Tensor): readonly Tensor[] => [
  chain(x, (y, axis) => y.multiply(0.75).subtract(y.max(axis, { keepDims: true }).multiply(0.5))),
];

/** The same chain for every engine. */
const task: Task = {
  inputs,
  exact: () => referenceResult(inputs, f, { rows: 16, times: 1 }),
  terms: 4 * STEPS,
  einlab: { compiled: f },
  tfjs: {
    chain: (tf: typeof Core, x: Core.Tensor) => [
      chain(x, (y, axis) => tf.sub(tf.mul(y, 0.75), tf.mul(tf.max(y, axis, true), 0.5))),
    ],
  },
  jaxJs: {
    chain: (jax: typeof Jax, x: Jax.numpy.Array) => [
      chain(x, (y, axis) => y.ref.mul(0.75).sub(jax.numpy.max(y, axis, { keepdims: true }).mul(0.5))),
    ],
  },
};

/** The chain on an engine, without waiting for the device. */
async function preparedChain(peer: Peer): Promise<Prepared> {
  if (isEinlab(peer)) return prepareEinlab(peer.device, inputs, f);
  const [way] = isJax(peer) ? waysOf(peer.api, task) : [];
  if (way !== undefined) return way.prepare();
  const [tensorflow] = Object.values(task.tfjs ?? {});
  if (isTfjs(peer) && tensorflow !== undefined) return prepareWay(peer.tf, task, tensorflow);
  throw new Error(`${peer.name} has no form of the chain`);
}

/** An engine with the chain prepared, whose result was right. */
interface Ready {
  readonly name: string;
  /** What a call takes: the middle one of some. */
  time(calls: number): Promise<DispatchTime>;
  dispose(): void;
}

async function readyOn(peer: Peer, lab: Lab): Promise<Ready> {
  if (!isOnGpu(peer)) throw new Error(`${peer.name} has no device whose queue could be asked`);
  const prepared = await preparedChain(peer);
  const { isRight, explanation } = checkResult(await prepared.read(), await task.exact(), task.terms);
  if (!isRight) {
    prepared.dispose();
    throw new Error(`${peer.name}: wrong result: ${explanation}`);
  }
  const run = prepared.run.bind(prepared);
  return {
    name: peer.name,
    time: (calls) => timeDispatches({ run, done: peer.done }, calls, lab.turns.clock),
    dispose: () => prepared.dispose(),
  };
}

/** Of each engine what it took in each pass; the engines take turns. */
async function timesInTurns(lab: Lab): Promise<Map<string, DispatchTime[]>> {
  const ready: Ready[] = [];
  try {
    for (const peer of opened(lab, [gpuNames.ours, ...gpuPeerNames])) ready.push(await readyOn(peer, lab));
    const times = new Map(ready.map(({ name }): [string, DispatchTime[]] => [name, []]));
    for (let pass = 0; pass < lab.turns.passes; pass++) {
      for (const { name, time } of ready) times.get(name)?.push(await time(lab.isQuick ? 20 : 100));
    }
    return times;
  } finally {
    for (const { dispose } of ready) dispose();
  }
}

const microseconds = ({ dispatches, milliseconds }: DispatchTime): number => (1000 * milliseconds) / dispatches;

/** What a dispatch of a replayed program costs the host. */
export const gpuDispatchRow: RowPlan = {
  group: 'replay',
  name: 'host time of a dispatch in a replayed program of small kernels',
  async measure(lab) {
    const times = await timesInTurns(lab);
    const own = times.get(gpuNames.ours)?.map(microseconds);
    return {
      engines: {},
      criteria: [
        atMost(
          'must',
          8,
          'microseconds from call to last submit, per dispatch, in the best pass',
          own && Math.min(...own),
        ),
      ],
      notes: [...times].map(
        ([name, passes]) =>
          `${name}: ${passes.map((time) => microseconds(time).toFixed(2)).join(', ')} µs a dispatch, pass by pass, ${passes[0]?.dispatches} dispatches in a call`,
      ),
    };
  },
};
