import { isElementwise } from '../../work/work.ts';
import { formsOf, installedVersion, type JaxPeer, waysOf } from '../jax-js.ts';
import type { PeerSource } from '../peer.ts';
import { awaited, type OnGpu } from './awaited.ts';
import { sharedGpu } from './shared-gpu.ts';

/** jax-js on its WebGPU backend. */
export function jaxWebgpu(): PeerSource {
  const name = 'jax-js-webgpu';
  return {
    name,
    async open(): Promise<JaxPeer & OnGpu> {
      const shared = await sharedGpu();
      const api = await import('@jax-js/jax');
      if (!(await api.init('webgpu')).includes('webgpu')) throw new Error('its webgpu backend does not start');
      api.defaultDevice('webgpu');
      const gpu = shared.lastDevice();
      const done = async (): Promise<void> => {
        await gpu.queue.onSubmittedWorkDone();
      };
      const peer: JaxPeer & OnGpu = {
        name,
        api,
        gpu,
        done,
        version: installedVersion(),
        timed: 'the jitted call, blockUntilReady, and until the device has done it: operands and result stay there',
        forms: (work) => formsOf(api, isElementwise(work)).filter((form) => form.name.endsWith('jit')),
        ways: (task) => waysOf(api, task),
        close: () => gpu.destroy(),
      };
      return awaited(peer, done);
    },
  };
}
