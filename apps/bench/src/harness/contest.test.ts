import { describe, expect, it } from 'vitest';
import type { Candidate, Prepared } from '../peers/peer.ts';
import { checkResult } from './check.ts';
import { type Contestant, contest } from './contest.ts';

const exact = { values: Float64Array.of(6), magnitudes: Float64Array.of(6) };

function stage() {
  let now = 0;
  const disposed: string[] = [];
  const form = (name: string, millisecondsPerCall: number, result = 6): Candidate => ({
    form: name,
    async prepare(): Promise<Prepared> {
      return {
        contractions: 1,
        run() {
          now += millisecondsPerCall;
        },
        read: async () => Float32Array.of(result),
        dispose: () => disposed.push(name),
      };
    },
  });
  const peer = (name: string, ...candidates: Candidate[]): Contestant => ({ name, candidates });
  const options = { clock: () => now, passes: 2, samplesPerPass: 2, warmUpMilliseconds: 0, sampleMilliseconds: 1 };
  const run = (...contestants: Contestant[]) => contest(contestants, (got) => checkResult(got, exact, 1), options);
  return { form, peer, run, disposed };
}

describe('contest', () => {
  it('keeps the fastest form and says what the others did', async () => {
    const { form, peer, run } = stage();
    const outcomes = await run(peer('peer', form('slow', 4), form('fast', 1), form('middle', 2)));
    expect(outcomes['peer']).toMatchObject({ status: 'measured', form: 'fast', best: 1, median: 1, samples: 4 });
    expect(outcomes['peer']?.tried?.map(({ form: name }) => name)).toEqual(['slow', 'fast', 'middle']);
  });

  it('does not count a fast form with a wrong result', async () => {
    const { form, peer, run } = stage();
    const outcome = (await run(peer('peer', form('wrong', 1, 7), form('right', 3))))['peer'];
    expect(outcome).toMatchObject({ status: 'measured', form: 'right' });
    expect(outcome?.tried?.[0]?.failure).toMatch(/^wrong result: element 0 is 7 where 6 was expected/);
  });

  it('reports an engine without a right form as failed, with every reason, and measures the others', async () => {
    const { form, peer, run } = stage();
    const refuse: Candidate = {
      form: 'refuses',
      prepare: () => Promise.reject(new Error('no such kernel\nand a stack')),
    };
    const outcomes = await run(peer('bad', refuse, form('wrong', 1, 5)), peer('good', form('einsum', 1)));
    expect(outcomes['bad']).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/^refuses: no such kernel; wrong: wrong result/),
    });
    expect(outcomes['good']).toMatchObject({ status: 'measured' });
  });

  it('disposes of everything it prepared, once', async () => {
    const { form, peer, run, disposed } = stage();
    await run(peer('peer', form('a', 1), form('b', 2), form('c', 3), form('wrong', 1, 0)));
    expect(disposed.toSorted()).toEqual(['a', 'b', 'c', 'wrong']);
  });
});
