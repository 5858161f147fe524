import { parentPort, workerData } from 'node:worker_threads';
import { openDevice, setDefaultDevice } from '@einlab/einsum-core';
import type { Reply, Request, WorkerSetup } from './compare/messages.ts';
import { timeRun } from './compare/time-run.ts';
import { trainRun } from './compare/train-run.ts';

// The pool sends requests one at a time, each after the last reply to the one before.
const port = parentPort;
if (port === null) throw new Error('worker.ts runs as a thread of the pool, not by itself');
// The pool is the only one that starts this file, and it gives what the type says.
const setup = workerData as WorkerSetup;
const flag = new Int32Array(setup.stop);
const context = {
  ids: new Int32Array(setup.ids ?? new SharedArrayBuffer(0)),
  isStopped: (): boolean => Atomics.load(flag, 0) !== 0,
};
// one run per thread of the pool: its device needs no threads of its own
const device = openDevice(setup.device, { threads: 1 }).then(setDefaultDevice);

async function answer(request: Request, reply: (reply: Reply) => void): Promise<void> {
  await device;
  if (request.kind === 'time') reply({ kind: 'timed', secondsPerStep: await timeRun(request.spec, context) });
  else await trainRun(request, context, reply);
}

port.on('message', (request: Request) => {
  const reply = (message: Reply): void => port.postMessage(message);
  answer(request, reply).catch((error: unknown) => {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    reply({ kind: 'error', message, stack: stack ?? message });
  });
});
