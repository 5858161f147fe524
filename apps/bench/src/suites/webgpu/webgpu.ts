import type { TunedChoices } from '@einlab/einsum-core';
import { spawnSync } from 'node:child_process';
import type { Arguments } from '../../arguments.ts';
import type { AdapterNote } from '../../harness/adapter.ts';
import type { EngineReport } from '../../harness/engine-report.ts';
import type { TurnOptions } from '../../harness/measure.ts';
import { isEinlab } from '../../peers/einlab.ts';
import type { PeerSource } from '../../peers/peer.ts';
import { einlabWebgpu } from '../../peers/webgpu/einlab-webgpu.ts';
import { jaxWebgpu } from '../../peers/webgpu/jax-webgpu.ts';
import { sharedGpu } from '../../peers/webgpu/shared-gpu.ts';
import { tfjsWebgpu } from '../../peers/webgpu/tfjs-webgpu.ts';
import { type EngineContext, engineSuite } from '../engine/engine.ts';
import type { Lab } from '../engine/lab.ts';
import { gpuContractionRows } from './contraction-rows.ts';
import { gpuDeviceRows } from './device-rows.ts';
import { gpuDispatchRow } from './dispatch-row.ts';
import { gpuNames } from './names.ts';
import { gpuSizeRow } from './size-row.ts';
import { gpuTransformerRow } from './transformer-row.ts';

const rows = [...gpuContractionRows, gpuTransformerRow, gpuDispatchRow, gpuSizeRow];

/** The commit that is checked out, and whether files differ from it. */
function commitHere(): string {
  const { stdout, status } = spawnSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : 'unknown';
}

const method = [
  'All engines on the adapter above, in one process and one run, f32.',
  'Every result is checked before it is timed: contractions against plain loops in f64, the rest against the reference device.',
  'A call counts from its start until the device has done its work, results staying there; the engines take turns, and who takes longer than two seconds is sampled once.',
  'Ratios are of the best samples.',
].join(' ');

/** Few samples of whole calls: on a software adapter one takes up to a minute. */
function turnsOf({ quick, repeat }: Arguments): Pick<Lab, 'turns' | 'heavyTurns'> {
  const passes = repeat ?? (quick ? 2 : 5);
  const turns: TurnOptions = {
    clock: () => performance.now(),
    passes,
    samplesPerPass: 1,
    warmUpMilliseconds: 0,
    warmUpCalls: 1,
    untimedCall: false,
    sampleMilliseconds: 4,
    slowMilliseconds: 2000,
  };
  return { turns, heavyTurns: turns };
}

/** This engine on WebGPU beside its peers, and what was asked of it. @throws {ArgumentError} as the suite engine does. */
export async function webgpuSuite(
  options: Arguments,
  context: EngineContext & { readonly adapter?: AdapterNote },
): Promise<EngineReport> {
  const adapter = context.adapter ?? (await sharedGpu()).adapter;
  const ours = einlabWebgpu();
  let choices: TunedChoices | undefined;
  const watched: PeerSource = {
    name: ours.name,
    async open() {
      const peer = await ours.open();
      const close = async (): Promise<void> => {
        if (isEinlab(peer)) choices = peer.device.choices();
        await peer.close();
      };
      return { ...peer, close };
    },
  };
  const report = await engineSuite(options, {
    sources: [watched, tfjsWebgpu(), jaxWebgpu()],
    rows: [...rows, ...gpuDeviceRows(adapter.isSoftware)],
    turnsOf,
    own: [gpuNames.ours],
    ...context,
  });
  return {
    ...report,
    suite: 'webgpu',
    adapter,
    method,
    commit: commitHere(),
    ...(choices === undefined ? {} : { choices }),
  };
}
