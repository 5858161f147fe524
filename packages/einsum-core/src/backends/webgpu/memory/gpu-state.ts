import type { OpenedGpu } from '../open-gpu-device.ts';
import { deviceError, deviceLostError, type EinlabError, memoryError } from '../../../base/errors.ts';

/** What a device's work may end in, and how it is told. */
export interface GpuState {
  readonly gpu: GPUDevice;
  /** Resolves with the reason when the device stops working by itself. */
  readonly lost: Promise<string>;
  /** Throws where the device is closed or lost. */
  assertUsable(): void;
  /** Does something that the device checks behind our back; the promise gives what it found wrong, never rejecting. */
  checked<T>(what: string, work: () => T): { readonly result: T; readonly failure: Promise<EinlabError | undefined> };
  close(): void;
}

/** Watches over a device. */
export function createGpuState({ gpu, close }: OpenedGpu): GpuState {
  let closed = false;
  let reason: string | undefined;
  const lost = new Promise<string>((resolve) => {
    gpu.lost
      .then(({ message }) => {
        reason = message || 'no reason given';
        if (!closed) resolve(reason);
      })
      .catch(() => {});
  });
  const usabilityError = (): EinlabError | undefined => {
    if (closed) return deviceError('webgpu: the device was closed; open another with openDevice');
    if (reason === undefined) return undefined;
    return deviceLostError(`webgpu: the device was lost (${reason}); open another with openDevice`, { reason });
  };
  const checkedScopes = async (what: string): Promise<EinlabError | undefined> => {
    // scopes are a stack: the last one pushed comes first
    const scopes = [gpu.popErrorScope(), gpu.popErrorScope()];
    try {
      const [memory, validation] = await Promise.all(scopes);
      if (memory !== null) return memoryError(`webgpu: no memory for ${what}: ${memory.message}`, { what });
      if (validation !== null) {
        return deviceError(`webgpu: ${what} was refused: ${validation.message}`, { what, reason: validation.message });
      }
      return usabilityError();
    } catch (error) {
      return usabilityError() ?? deviceError(`webgpu: ${what} was not checked: ${String(error)}`, { what });
    }
  };
  return {
    gpu,
    lost,
    assertUsable() {
      const error = usabilityError();
      if (error !== undefined) throw error;
    },
    checked(what, work) {
      gpu.pushErrorScope('validation');
      gpu.pushErrorScope('out-of-memory');
      try {
        return { result: work(), failure: checkedScopes(what) };
      } catch (error) {
        void checkedScopes(what);
        throw error;
      }
    },
    close() {
      if (closed) return;
      closed = true;
      close();
    },
  };
}
