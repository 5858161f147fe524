import { type Machine, machineOf } from './contraction/machine.ts';

/** What a device's shaders are written for. */
export interface Target {
  readonly machine: Machine;
  /** Invocations that every subgroup has at least; 1 where there are no subgroups to use. How many one has is never assumed. */
  readonly subgroup: number;
}

/** What a device has. */
export function targetOf(gpu: GPUDevice): Target {
  const least = gpu.features.has('subgroups') ? (gpu.adapterInfo.subgroupMinSize ?? 1) : 1;
  return { machine: machineOf(gpu), subgroup: Math.max(1, least) };
}
