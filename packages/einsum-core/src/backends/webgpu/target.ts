import type { NormalizedContraction } from '../../kernels/contraction.ts';
import { type ContractionPlan, planContraction } from './contraction/contraction-schedule.ts';
import { type Machine, machineOf } from './contraction/machine.ts';

/** What a device's shaders are written for. */
export interface Target {
  readonly machine: Machine;
  /** Invocations that every subgroup has at least; 1 where there are no subgroups to use. How many one has is never assumed. */
  readonly subgroup: number;
  /** Buffers that a shader may be given. */
  readonly bindings: number;
  /** Bytes that a shader may be given of one buffer, and of what these must start at a multiple. */
  readonly bindingBytes: number;
  readonly bindingAlignment: number;
  /** Bytes of workgroup memory. */
  readonly workgroupBytes: number;
  /** Whether the device writes 16 bits alone. */
  readonly writesHalves: boolean;
  /** Whether contractions do the elementwise work that follows them. */
  readonly foldsEpilogues: boolean;
  /** How a contraction is computed. */
  planOf(kernel: NormalizedContraction): ContractionPlan;
}

/** What a device has, and plans by the model of its machine. */
export function targetOf(gpu: GPUDevice): Target {
  const least = gpu.features.has('subgroups') ? (gpu.adapterInfo.subgroupMinSize ?? 1) : 1;
  const machine = machineOf(gpu);
  return {
    machine,
    subgroup: Math.max(1, least),
    bindings: gpu.limits.maxStorageBuffersPerShaderStage,
    bindingBytes: gpu.limits.maxStorageBufferBindingSize,
    bindingAlignment: gpu.limits.minStorageBufferOffsetAlignment,
    workgroupBytes: gpu.limits.maxComputeWorkgroupStorageSize,
    writesHalves: gpu.features.has('shader-f16'),
    foldsEpilogues: true,
    planOf: (kernel) => planContraction(kernel, machine),
  };
}
