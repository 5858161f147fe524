import {
  compile,
  type Device,
  type DeviceKind,
  einsum,
  evaluate,
  openDevice,
  setDefaultDevice,
  type Tensor,
  tensor,
} from '@einlab/einsum-core';
import { joined } from '../work/joined.ts';
import type { TaskInput } from '../work/task.ts';
import { operandShapes } from '../work/work.ts';
import type { Peer, PeerSource, Prepared } from './peer.ts';

/** Brings inputs to a device. */
export async function resident(device: Device, inputs: readonly TaskInput[]): Promise<Tensor[]> {
  setDefaultDevice(device);
  return evaluate(inputs.map(({ values, shape }) => tensor(values, { shape })));
}

/** A function of tensors, compiled for a device, with its inputs resident there. */
export async function prepareEinlab(
  device: Device,
  inputs: readonly TaskInput[],
  f: (...values: Tensor[]) => readonly Tensor[],
): Promise<Prepared> {
  const kept = await resident(device, inputs);
  const call = compile(f, { device });
  return {
    contractions: 1,
    async run() {
      for (const result of await call(...kept)) result.dispose();
    },
    async read() {
      const results = await call(...kept);
      const parts = await Promise.all(results.map((result) => result.data()));
      for (const result of results) result.dispose();
      return joined(parts);
    },
    dispose() {
      call.dispose();
      for (const tensor of kept) tensor.dispose();
    },
  };
}

/** `relaxedSimd true, threads 1` */
function describe(capabilities: Device['capabilities']): string {
  return Object.entries(capabilities)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/** This repository's engine as a peer, with the device that it computes on. */
export interface EinlabPeer extends Peer {
  readonly device: Device;
}

/** The kind of a peer that is this repository's engine. */
export const isEinlab = (peer: Peer): peer is EinlabPeer => 'device' in peer;

/** How a device of this engine is opened; an engine without threads takes no options. */
type Open = (kind: DeviceKind, options?: { readonly threads?: number }) => Promise<Device>;

const open: Open = openDevice;

/** This repository's engine. */
export function einlab(kind: DeviceKind = 'wasm', threads: number = 1): PeerSource {
  const name = `einlab-${kind}${threads === 1 ? '' : `, ${threads} threads`}`;
  return {
    name,
    async open(): Promise<EinlabPeer> {
      const device = await open(kind, kind === 'wasm' ? { threads } : {});
      const has = device.capabilities['threads'];
      if (has !== threads) {
        device.close();
        throw new Error(`a device opened for ${threads} threads has ${has}`);
      }
      return {
        name,
        device,
        version: `this repository (${describe(device.capabilities)})`,
        timed: 'one call of a compiled function: operands and results stay on the device',
        forms: () => [
          {
            name: 'einsum',
            prepare(work, operands) {
              const shapes = operandShapes(work);
              const inputs = operands.map((values, i) => ({ shape: shapes[i] ?? [], values }));
              return prepareEinlab(device, inputs, (...values) => [einsum(work.pattern, ...values)]);
            },
          },
        ],
        ways: (task) =>
          Object.entries(task.einlab).map(([form, f]) => ({
            form,
            prepare: () => prepareEinlab(device, task.inputs, f),
          })),
        close: () => device.close(),
      };
    },
  };
}
