import type * as Core from '@tensorflow/tfjs-core';
import type { PeerSource } from '../peer.ts';
import { matMulForm, type TfjsPeer } from '../tfjs.ts';
import { awaited, type OnGpu } from './awaited.ts';
import { sharedGpu } from './shared-gpu.ts';

/** What its backend has besides the interface of all backends: commands are collected, and go out when it sees fit. */
interface Commands {
  readonly commandEncoder: unknown;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

/**
 * TensorFlow.js on its WebGPU backend. Only its matrix product is tried: its einsum first writes the product of all
 * axes, 4 GiB for the largest work here.
 */
export function tfjsWebgpu(): PeerSource {
  const name = 'tfjs-webgpu';
  return {
    name,
    async open(): Promise<TfjsPeer & OnGpu> {
      const shared = await sharedGpu();
      const tf = await import('@tensorflow/tfjs-core');
      await import('@tensorflow/tfjs-backend-webgpu');
      if (!(await tf.setBackend('webgpu'))) throw new Error('its webgpu backend does not start');
      // small tensors would be computed in JavaScript
      tf.env().set('WEBGPU_CPU_FORWARD', false);
      const gpu = shared.lastDevice();
      const backend = tf.backend() as Core.KernelBackend & Commands;
      const done = async (): Promise<void> => {
        backend.endComputePassEncoder();
        if (backend.commandEncoder !== null) backend.submitQueue();
        await gpu.queue.onSubmittedWorkDone();
      };
      return awaited(
        {
          name,
          tf,
          gpu,
          done,
          version: tf.version_core,
          timed: 'the call, its commands submitted, until the device has done them: operands and result stay there',
          forms: () => [matMulForm(tf)],
          ways: () => [],
          close: () => tf.removeBackend('webgpu'),
        },
        done,
      );
    },
  };
}
