import { webgpuEnvironment } from '@einlab/testkit';
import { afterAll, beforeAll } from 'vitest';
import { isStorage, type LaneType, type TypedArray } from '../../base/dtype.ts';
import type { Expression } from '../../kernels/expression.ts';
import type { Kernel } from '../../kernels/kernel.ts';
import type { LoweredProgram, ProgramBuffer } from '../../program/lower.ts';
import { createGpuMemory, type GpuBuffer, type GpuMemory } from './memory/gpu-memory.ts';
import { createGpuState } from './memory/gpu-state.ts';
import { type GpuOptions, type OpenedGpu, openGpuDevice } from './open-gpu-device.ts';
import { createPipelines, type Pipelines } from './program/pipelines.ts';
import { createWebgpuExecutable } from './program/webgpu-executable.ts';
import { workgroupGrid } from './program/workgroup-grid.ts';
import type { Target } from './target.ts';
import type { Shader } from './wgsl/shader.ts';

/** Whether tests that need a GPU are skips here. */
export const noGpu: boolean = webgpuEnvironment() === 'none';

/**
 * A device of Dawn's that computes nothing, and has every feature there is: what it says of shaders is what a device with these
 * features would say.
 */
export async function openNullDevice(features: readonly GPUFeatureName[]): Promise<OpenedGpu> {
  const { create } = (await import('webgpu')) as { create(options: readonly string[]): GPU };
  nullWebgpu ??= create(['backend=null']);
  const adapter = await nullWebgpu.requestAdapter();
  if (adapter === null) throw new Error('Dawn has no null adapter');
  const gpu = await adapter.requestDevice({ requiredFeatures: [...features] });
  return { gpu, adapter: 'null', isSoftware: false, close: () => gpu.destroy() };
}

/** Dawn crashes when this is collected while a device is left. */
let nullWebgpu: GPU | undefined;

/** Elements with their type. */
export interface HostArray {
  readonly dtype: LaneType;
  readonly values: TypedArray;
}

/** What a buffer that a kernel writes is. */
export interface Written {
  readonly dtype: LaneType;
  readonly elements: number;
}

/** A device for tests of single kernels. */
export interface TestGpu {
  readonly memory: GpuMemory;
  readonly pipelines: Pipelines;
  /** Runs a program on values for its inputs; also tells how it was written. */
  runProgram(
    program: LoweredProgram,
    inputs: readonly TypedArray[],
    target?: Target,
  ): Promise<{ readonly values: TypedArray[]; readonly explanation: string }>;
  /** Runs one kernel: what it reads is uploaded, what it writes is read back. */
  runKernel(kernel: Kernel, reads: readonly HostArray[], writes: readonly Written[]): Promise<TypedArray[]>;
  /** out[i] = root(in₀[i], in₁[i], …) */
  runExpression(root: Expression, inputs: readonly HostArray[]): Promise<TypedArray>;
  close(): void;
}

/** Opens one; the caller closes it. */
export async function openTestGpu(options: GpuOptions = {}): Promise<TestGpu> {
  const state = createGpuState(await openGpuDevice(options));
  const memory = createGpuMemory({}, state);
  const pipelines = createPipelines(state);
  const runProgram: TestGpu['runProgram'] = async (program, inputs, target) => {
    const options = target === undefined ? {} : { target };
    const executable = await createWebgpuExecutable(program, memory, pipelines, options);
    const given = program.inputs.map((buffer, n) => memory.upload(inputs[n], program.buffers[buffer].dtype));
    const made = await executable.run(given);
    try {
      const values = (await Promise.all(made.map((buffer) => buffer.read()))) as TypedArray[];
      return { values, explanation: (await executable.explainer())() };
    } finally {
      for (const buffer of [...given, ...made]) buffer.release();
      executable.release();
    }
  };
  const runKernel: TestGpu['runKernel'] = async (kernel, reads, writes) => {
    const inputs = reads.map(({ values }) => values);
    const { values } = await runProgram(programOf(kernel, reads, writes), inputs);
    return values;
  };
  return {
    memory,
    pipelines,
    runProgram,
    runKernel,
    async runExpression(root, inputs) {
      const { type } = root;
      if (isStorage(type)) throw new TypeError(`runExpression: the result is ${type}; expected 32 bits`);
      const elements = Math.max(1, ...inputs.map(({ values }) => values.length));
      const access = { offset: 0, strides: [1] };
      const [values] = await runKernel(
        {
          kind: 'loop',
          axes: [elements],
          rowRank: 0,
          loads: inputs.map(({ dtype }, buffer) => ({ ...access, buffer, dtype })),
          folds: [],
          stores: [{ ...access, buffer: inputs.length, dtype: type, value: root, accumulate: false }],
        },
        inputs,
        [{ dtype: type, elements }],
      );
      return values;
    },
    close() {
      memory.close();
      state.close();
    },
  };
}

/** Runs one shader on buffers, in the order of its bindings. @throws {EinlabError} what the device finds wrong. */
export async function dispatchShader(
  { memory, pipelines }: Pick<TestGpu, 'memory' | 'pipelines'>,
  shader: Shader,
  buffers: readonly GpuBuffer[],
): Promise<void> {
  if (shader.workgroups === 0) return;
  const { pipeline, layout } = await pipelines.compile({
    shader,
    buffers: buffers.map((_, i) => i),
    call: 0,
    label: 'a shader under test',
  });
  const { gpu } = memory.state;
  const { failure } = memory.state.checked('a shader under test', () => {
    const entries = buffers.map(({ block, byteLength }, binding) => ({
      binding,
      resource: { buffer: block.buffer, size: byteLength },
    }));
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, gpu.createBindGroup({ layout, entries }));
    pass.dispatchWorkgroups(...workgroupGrid(shader.workgroups, gpu.limits.maxComputeWorkgroupsPerDimension));
    pass.end();
    gpu.queue.submit([encoder.finish()]);
  });
  const error = await failure;
  if (error !== undefined) throw error;
}

/** A program of one kernel. */
export function programOf(kernel: Kernel, reads: readonly HostArray[], writes: readonly Written[]): LoweredProgram {
  const buffers: ProgramBuffer[] = [
    ...reads.map(({ dtype, values }) => ({ dtype, elements: values.length, role: 'input' as const })),
    ...writes.map(({ dtype, elements }) => ({ dtype, elements, role: 'temporary' as const })),
  ];
  const inputs = reads.map((_, i) => i);
  const outputs = writes.map((_, i) => reads.length + i);
  return { buffers, calls: [{ kernel, reads: inputs, writes: outputs }], inputs, outputs, macs: 0, bytes: 0 };
}

/** A device for the tests of a group. */
export function useTestGpu(): () => TestGpu {
  let gpu: TestGpu | undefined;
  beforeAll(async () => {
    if (!noGpu) gpu = await openTestGpu();
  });
  afterAll(() => gpu?.close());
  return () => {
    if (gpu === undefined) throw new Error('the device is opened when the group starts');
    return gpu;
  };
}
