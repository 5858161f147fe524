import type { Peer, Prepared } from '../peer.ts';

/** An engine with the device that it computes on, whose queue tells when work has ended. */
export interface OnGpu {
  readonly gpu: GPUDevice;
  /** Submits what the engine holds back, and waits until the device has done everything. */
  done(): Promise<void>;
}

/** The kind of a peer that computes on a device of WebGPU. */
export const isOnGpu = (peer: Peer): peer is Peer & OnGpu => 'gpu' in peer;

/** The same work, whose runs end when the device has done it: a call returns when it is submitted. */
export function untilDone(prepared: Prepared, done: OnGpu['done']): Prepared {
  return {
    ...prepared,
    async run() {
      await prepared.run();
      await done();
    },
  };
}

/**
 * The same engine, whose runs end when the device has done the work.
 *
 * @param done - resolves when the device has nothing left to do
 */
export function awaited<Engine extends Peer>(peer: Engine, done: OnGpu['done']): Engine {
  return {
    ...peer,
    forms: (work) =>
      peer
        .forms(work)
        .map(({ name, prepare }) => ({ name, prepare: async (...given) => untilDone(await prepare(...given), done) })),
    ways: (task) =>
      peer.ways(task).map(({ form, prepare }) => ({ form, prepare: async () => untilDone(await prepare(), done) })),
  };
}
