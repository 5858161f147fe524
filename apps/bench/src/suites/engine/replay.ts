import { compile, type Device, softmax, type Tensor } from '@einlab/einsum-core';
import { dense } from '@einlab/nn';
import { judge } from '../../harness/criteria.ts';
import { isEinlab, resident } from '../../peers/einlab.ts';
import { inputOf } from '../../work/operands.ts';
import { engineNames, type Lab, opened, type RowPlan } from './lab.ts';
import { withTimedWasm } from './timed-wasm.ts';
import { einlabStep } from './transformer/einlab-step.ts';
import { languageModel } from './transformer/language-model.ts';
import { modelSize } from './transformer/transformer-rows.ts';

/** A call as this thread sees it, in milliseconds. */
export interface CallTime {
  readonly whole: number;
  /** Of which outside of WebAssembly. */
  readonly javaScript: number;
}

/** Calls one after the other, after some that are not counted; the median of what each took outside of WebAssembly. */
export async function timeCalls(
  prepare: () => Promise<{ run(): void | Promise<void>; dispose(): void }>,
  calls: number,
): Promise<CallTime> {
  // The first call makes the program, and so the module whose functions are to be timed.
  const { result, inside } = await withTimedWasm(async () => {
    const prepared = await prepare();
    await prepared.run();
    return prepared;
  });
  const times: CallTime[] = [];
  for (let i = 0; i < calls + 2; i++) {
    const before = inside();
    const start = performance.now();
    await result.run();
    const whole = performance.now() - start;
    if (i >= 2) times.push({ whole, javaScript: whole - (inside() - before) });
  }
  result.dispose();
  times.sort((one, other) => one.javaScript - other.javaScript);
  const middle = times[Math.floor(times.length / 2)];
  if (middle === undefined) throw new Error('no call was timed');
  return middle;
}

/** A chain of small row-wise operations, none of which can join the next. */
async function manyKernels(device: Device) {
  const kept = await resident(device, [inputOf([16, 16], 1)]);
  const call = compile(
    (x: Tensor) => Array.from({ length: 100 }).reduce<Tensor>((y) => softmax(softmax(y, 0), 1).add(x), x),
    { device },
  );
  const [x] = kept;
  if (x === undefined) throw new Error('the input is missing');
  return {
    async run() {
      (await call(x)).dispose();
    },
    dispose() {
      call.dispose();
      x.dispose();
    },
  };
}

function replayRow(
  name: string,
  prepare: (device: Device) => ReturnType<Parameters<typeof timeCalls>[0]>,
  calls: number,
): RowPlan {
  return {
    group: 'replay',
    name,
    async measure(lab: Lab) {
      const [peer] = opened(lab, [engineNames.ours]).filter(isEinlab);
      if (peer === undefined) throw new Error(`${engineNames.ours} is missing`);
      const { whole, javaScript } = await timeCalls(
        () => prepare(peer.device),
        lab.isQuick ? Math.ceil(calls / 3) : calls,
      );
      const quantity = 'milliseconds of JavaScript in a call; allowed are 0.1 and 1 % of it';
      const criterion = { level: 'must', quantity, better: 'lower', threshold: 0.1 + 0.01 * whole } as const;
      return {
        engines: {},
        criteria: [judge(criterion, javaScript)],
        notes: [`the call takes ${whole.toPrecision(3)} ms`],
      };
    },
  };
}

/** What a replayed program costs outside of WebAssembly, on one thread. */
export const replayRows: readonly RowPlan[] = [
  replayRow(
    'JavaScript in a training step of the transformer',
    async (device) => einlabStep(device, languageModel(modelSize, dense(), 1)),
    6,
  ),
  replayRow('JavaScript in a program of small kernels', manyKernels, 300),
];
