import { describe, expect, it } from 'vitest';
import type { Prepared } from '../peers/peer.ts';
import { callsPerSample, measureInTurns, sample, warmUp } from './measure.ts';

/** An engine whose every call takes a fixed time on a clock of its own making. */
function stage() {
  let now = 0;
  const log: string[] = [];
  const engine = (name: string, millisecondsPerCall: number, contractions = 1): Prepared => ({
    contractions,
    run() {
      now += millisecondsPerCall;
      log.push(name);
    },
    read: async () => new Float32Array(0),
    dispose() {},
  });
  return { engine, log, clock: () => now };
}

describe('sample', () => {
  it('divides by the calls and by the contractions of a call', async () => {
    const { engine, clock } = stage();
    expect(await sample(engine('a', 8, 4), 3, clock)).toBe(2);
  });

  it('waits for a promise before it reads the clock', async () => {
    let now = 0;
    const slow: Prepared = {
      contractions: 1,
      run: () =>
        new Promise((resolve) => {
          setTimeout(() => {
            now += 7;
            resolve();
          }, 1);
        }),
      read: async () => new Float32Array(0),
      dispose() {},
    };
    expect(await sample(slow, 2, () => now)).toBe(7);
  });
});

describe('an engine with a clock of its own', () => {
  const remote = (clock: { now: number }): Prepared => ({
    contractions: 1,
    run() {
      clock.now += 100;
    },
    async time(runs) {
      clock.now += 100;
      return 3 * runs;
    },
    read: async () => new Float32Array(0),
    dispose() {},
  });

  it('is timed by that clock: what asking takes does not count', async () => {
    const clock = { now: 0 };
    const options = { clock: () => clock.now, warmUpMilliseconds: 0, sampleMilliseconds: 1 };
    expect(await sample(remote(clock), 4, options.clock)).toBe(3);
    expect(await warmUp(remote(clock), options)).toBe(3);
  });
});

describe('warmUp', () => {
  it('runs for the time asked for and gives the shortest call', async () => {
    const { engine, log, clock } = stage();
    expect(await warmUp(engine('a', 2), { clock, warmUpMilliseconds: 20, sampleMilliseconds: 1 })).toBe(2);
    expect(log).toHaveLength(10);
  });

  it('makes three calls of an engine that uses the time up with one', async () => {
    const { engine, log, clock } = stage();
    await warmUp(engine('a', 1000), { clock, warmUpMilliseconds: 20, sampleMilliseconds: 1 });
    expect(log).toHaveLength(3);
  });

  it('makes as many calls as asked for where each takes long', async () => {
    const { engine, log, clock } = stage();
    await warmUp(engine('a', 1000), { clock, warmUpMilliseconds: 0, warmUpCalls: 1, sampleMilliseconds: 1 });
    expect(log).toHaveLength(1);
  });
});

describe('callsPerSample', () => {
  it('fills the sample and is never below one', () => {
    expect(callsPerSample(0.3, 15)).toBe(50);
    expect(callsPerSample(100, 15)).toBe(1);
    expect(callsPerSample(0, 1)).toBe(1000);
  });
});

describe('measureInTurns', () => {
  it('lets each engine take its samples in every pass, after an untimed call', async () => {
    const { engine, log, clock } = stage();
    const options = { clock, passes: 2, samplesPerPass: 3, warmUpMilliseconds: 0, sampleMilliseconds: 4 };
    const samples = await measureInTurns([engine('a', 4), engine('b', 8)], options);
    expect(samples).toEqual([
      [4, 4, 4, 4, 4, 4],
      [8, 8, 8, 8, 8, 8],
    ]);
    expect(log.join('')).toBe('aaa' + 'bbb' + 'aaaabbbb' + 'aaaabbbb');
  });

  it('waits before each turn, and leaves out the untimed call, where asked to', async () => {
    const { engine, log, clock } = stage();
    const settle = async (): Promise<void> => void log.push('-');
    const rest = { warmUpMilliseconds: 0, warmUpCalls: 1, sampleMilliseconds: 0, untimedCall: false, settle };
    await measureInTurns([engine('a', 4), engine('b', 8)], { clock, passes: 2, samplesPerPass: 1, ...rest });
    expect(log.join('')).toBe('ab' + '-a-b' + '-a-b');
  });
});
