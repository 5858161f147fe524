import type { Backend } from '../../program/backend.ts';
import { lowerProgram } from '../../program/lower.ts';
import { createGpuMemory } from './memory/gpu-memory.ts';
import { createGpuState } from './memory/gpu-state.ts';
import { openGpuDevice, type GpuOptions } from './open-gpu-device.ts';
import { createPipelines } from './program/pipelines.ts';
import { createWebgpuExecutable } from './program/webgpu-executable.ts';
import { targetOf } from './target.ts';
import { contractionMeasurer } from './tuning/measure-contraction.ts';
import { checkedChoices } from './tuning/tuned-choices.ts';
import { createTuner } from './tuning/tuner.ts';

/** Programs as compute shaders, on a device that is given or asked for. In f32. */
export async function createWebgpuBackend(options: GpuOptions = {}): Promise<Backend> {
  const known = options.choices === undefined ? undefined : checkedChoices(options.choices);
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
      const program = await lowerProgram(graph, { indexedContractions: target.machine === 'card' ? 'reads' : 'rows' });
      await tuner.prepare(program.calls);
      return createWebgpuExecutable(program, memory, pipelines, {
        target: { ...target, planOf: tuner.planOf },
        ...(callsInFlight === undefined ? {} : { callsInFlight }),
      });
    },
    upload: (values, dtype) => memory.upload(values, dtype),
    memory: () => memory.usage(),
    choices: () => tuner.choices(),
    close() {
      memory.close();
      state.close();
    },
  };
  const memory = createGpuMemory(backend, state);
  const target = targetOf(state.gpu);
  const { tune = !isSoftware, callsInFlight, clock = () => performance.now() } = options;
  const tuner = createTuner({
    machine: target.machine,
    adapter,
    ...(known === undefined ? {} : { known }),
    ...(tune ? { measure: contractionMeasurer(memory, pipelines, clock) } : {}),
  });
  return backend;
}
