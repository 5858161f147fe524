import { dense } from '@einlab/nn';
import { blockTensorTrain } from '@einlab/structured-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { einlab } from '../../../peers/einlab.ts';
import { jaxJs } from '../../../peers/jax-js.ts';
import type { Peer } from '../../../peers/peer.ts';
import { languageModel } from './language-model.ts';
import { lossCheck, preparedStep } from './transformer-rows.ts';

const size = { width: 16, depth: 1, heads: 2, time: 5, batch: 2, vocab: 11 };
const comparedSteps = 3;
const peers: Record<string, Peer> = {};

beforeAll(async () => {
  for (const source of [einlab('reference'), einlab(), jaxJs()]) peers[source.name] = await source.open();
});
afterAll(async () => {
  for (const peer of Object.values(peers)) await peer.close();
});

async function losses(name: string, structure = dense()): Promise<ArrayLike<number>> {
  const peer = peers[name];
  if (peer === undefined) throw new Error(`${name} is not open`);
  const prepared = await preparedStep(peer, languageModel(size, structure, comparedSteps));
  // A step before: reading starts from the beginning all the same.
  await prepared.run();
  const read = await prepared.read();
  prepared.dispose();
  return read;
}

describe('the training step', () => {
  it('has the losses of the reference device in both engines, and they fall', async () => {
    const right = await losses('einlab-reference');
    expect(right).toHaveLength(comparedSteps);
    expect(right[comparedSteps - 1]).toBeLessThan(0.95 * (right[0] ?? 0));
    for (const name of ['einlab-wasm', 'jax-js']) {
      expect(lossCheck(right)(await losses(name))).toMatchObject({ isRight: true });
    }
  });

  it('of a structured model as well, which jax-js does not have', async () => {
    const structure = blockTensorTrain({ rank: 1 });
    const right = await losses('einlab-reference', structure);
    expect(lossCheck(right)(await losses('einlab-wasm', structure))).toMatchObject({ isRight: true });
    await expect(losses('jax-js', structure)).rejects.toThrow('no parameter "blocks.0.attention.query.cores.weight"');
  });

  it('leaves nothing behind on the device', async () => {
    const peer = peers['einlab-wasm'];
    if (peer === undefined || !('device' in peer)) throw new Error('no device');
    const { device } = peer as Peer & { device: { memory(): { live: number } } };
    const before = device.memory().live;
    await losses('einlab-wasm');
    expect(device.memory().live).toBe(before);
  });
});

describe('lossCheck', () => {
  it('refuses losses that one wrong gradient changes', () => {
    expect(lossCheck([2.4, 2.2, 2])([2.4, 2.2, 2.0001])).toMatchObject({ isRight: true });
    expect(lossCheck([2.4, 2.2, 2])([2.4, 2.21, 2])).toMatchObject({ isRight: false });
  });
});
