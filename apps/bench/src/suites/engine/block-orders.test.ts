import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkResult } from '../../harness/check.ts';
import { type EinlabPeer, einlab, isEinlab } from '../../peers/einlab.ts';
import { contractExactly } from '../../work/exact.ts';
import { operandsOf } from '../../work/operands.ts';
import { preparedOrders, timeOrders } from './block-orders.ts';

const sizes = { b: 2, m: 4, k: 3, n: 5 };
const work = { name: 'blocks', pattern: 'bmk,bkn->bmn', steps: ['bmk,bkn->bmn'], sizes, weights: true };
let peer: EinlabPeer;

beforeAll(async () => {
  const opened = await einlab('reference').open();
  if (!isEinlab(opened)) throw new Error('no device');
  peer = opened;
});
afterAll(() => peer.close());

describe('preparedOrders', () => {
  it('are 6 × 6 × 6 different patterns, which all give the result in the order of the work', async () => {
    const exact = contractExactly(work, operandsOf(work));
    const { orders, dispose } = await preparedOrders(peer, work);
    expect(new Set(orders.map(({ pattern }) => pattern)).size).toBe(216);
    for (const { prepared } of orders) {
      expect(checkResult(await prepared.read(), exact, 3)).toMatchObject({ isRight: true });
    }
    dispose();
    expect(peer.device.memory().live).toBe(0);
  });
});

describe('timeOrders', () => {
  it('gives every order, the fastest first', async () => {
    let now = 0;
    const clock = (): number => ++now;
    const turns = { clock, passes: 1, samplesPerPass: 1, warmUpMilliseconds: 0, warmUpCalls: 1, sampleMilliseconds: 1 };
    const times = await timeOrders({ peers: [], notes: [], isQuick: false, turns, heavyTurns: turns }, peer, work);
    expect(times).toHaveLength(216);
    expect(times.map(({ milliseconds }) => milliseconds)).toEqual(
      times.map(({ milliseconds }) => milliseconds).toSorted((one, other) => one - other),
    );
  });
});
