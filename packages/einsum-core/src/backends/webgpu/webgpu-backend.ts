import type { Backend } from '../../program/backend.ts';
import { lowerProgram } from '../../program/lower.ts';
import { createGpuMemory } from './memory/gpu-memory.ts';
import { createGpuState } from './memory/gpu-state.ts';
import { openGpuDevice, type GpuOptions } from './open-gpu-device.ts';
import { createPipelines } from './program/pipelines.ts';
import { createWebgpuExecutable } from './program/webgpu-executable.ts';

/** Programs as compute shaders, on a device that is given or asked for. In f32. */
export async function createWebgpuBackend(options: GpuOptions = {}): Promise<Backend> {
  const opened = await openGpuDevice(options);
  const { adapter, isSoftware } = opened;
  const state = createGpuState(opened);
  const pipelines = createPipelines(state);
  const backend: Backend = {
    kind: 'webgpu',
    capabilities: { adapter, isSoftware, threads: 1, precision: 'f32' },
    lost: state.lost,
    async compile(graph) {
      state.assertUsable();
      return createWebgpuExecutable(await lowerProgram(graph), memory, pipelines);
    },
    upload: (values, dtype) => memory.upload(values, dtype),
    memory: () => memory.usage(),
    close() {
      memory.close();
      state.close();
    },
  };
  const memory = createGpuMemory(backend, state);
  return backend;
}
