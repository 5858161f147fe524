import { type EinlabPeer, einlab, isEinlab } from '../einlab.ts';
import type { PeerSource } from '../peer.ts';
import { awaited, type OnGpu } from './awaited.ts';
import { sharedGpu } from './shared-gpu.ts';

/** This repository's engine on WebGPU. */
export function einlabWebgpu(): PeerSource {
  const source = einlab('webgpu');
  return {
    name: source.name,
    async open(): Promise<EinlabPeer & OnGpu> {
      const shared = await sharedGpu();
      const peer = await source.open();
      if (!isEinlab(peer)) throw new Error('the engine opened without a device');
      const gpu = shared.lastDevice();
      const done = async (): Promise<void> => {
        await gpu.queue.onSubmittedWorkDone();
      };
      const timed = 'one call of a compiled function until the device has done it: operands and results stay there';
      return awaited({ ...peer, timed, gpu, done }, done);
    },
  };
}
