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
import { operandShapes, type Work } from '../work/work.ts';
import type { Form, Peer, PeerSource, Prepared } from './peer.ts';

async function prepareEinsum(work: Work, operands: readonly Float32Array[]): Promise<Prepared> {
  const shapes = operandShapes(work);
  const inputs = await evaluate(operands.map((values, i) => tensor(values, { shape: shapes[i] ?? [] })));
  const contract = compile((...values: Tensor[]) => einsum(work.pattern, ...values));
  return {
    contractions: 1,
    async run() {
      (await contract(...inputs)).dispose();
    },
    async read() {
      const result = await contract(...inputs);
      const values = Float32Array.from(await result.data());
      result.dispose();
      return values;
    },
    dispose() {
      contract.dispose();
      for (const input of inputs) input.dispose();
    },
  };
}

const forms: readonly Form[] = [{ name: 'einsum', prepare: prepareEinsum }];

/** `relaxedSimd true, threads 1` */
function describe(capabilities: Device['capabilities']): string {
  return Object.entries(capabilities)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/** This repository's engine, on one thread. */
export function einlab(kind: DeviceKind = 'wasm'): PeerSource {
  const name = `einlab-${kind}`;
  return {
    name,
    async open(): Promise<Peer> {
      const device = await openDevice(kind);
      setDefaultDevice(device);
      return {
        name,
        version: `this repository (${describe(device.capabilities)})`,
        timed: 'one call of a compiled einsum: operands and result stay on the device',
        forms: () => forms,
        close: () => device.close(),
      };
    },
  };
}
