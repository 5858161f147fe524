import { describe, expect, it } from 'vitest';
import { createProgress, secondsLeft } from './progress.ts';
import type { TeacherSpec } from './spec.ts';

const spec = (structure: string, steps: number = 100): TeacherSpec => ({
  task: 'teacher',
  structure,
  width: 16,
  naiveRates: false,
  seed: 0,
  steps,
  batch: 10,
  rate: 0.003,
  warmup: 1,
  layers: 2,
  device: 'wasm',
  teacherSeed: 0,
});

describe('secondsLeft', () => {
  const standing = (state: 'waiting' | 'running' | 'done', step: number, seconds: number) => ({
    spec: spec('dense'),
    work: 1,
    step,
    seconds,
    state,
  });

  it('guesses a run that waits from the speed of those under way, and divides by the threads', () => {
    const standings = [standing('running', 50, 5), standing('waiting', 0, 0), standing('waiting', 0, 0)];
    expect(secondsLeft(standings, 1)).toBeCloseTo(5 + 10 + 10, 9);
    expect(secondsLeft(standings, 2)).toBeCloseTo(12.5, 9);
  });

  it('is not below the time of the longest run, and 0 at the end', () => {
    expect(secondsLeft([standing('running', 50, 5), standing('done', 100, 10)], 8)).toBeCloseTo(5, 9);
    expect(secondsLeft([standing('done', 100, 10)], 2)).toBe(0);
  });

  it('is not a number before anything is timed', () => {
    expect(secondsLeft([standing('waiting', 0, 0)], 2)).toBeNaN();
  });
});

describe('createProgress', () => {
  const runs = [
    { spec: spec('dense'), macs: 1000 },
    { spec: spec('btt'), macs: 1000 },
  ];
  const watched = (
    isTTY: boolean,
  ): { written: string[]; progress: ReturnType<typeof createProgress>; pass(ms: number): void } => {
    const written: string[] = [];
    let time = 0;
    const stream = { isTTY, columns: 200, write: (text: string) => written.push(text) };
    return { written, progress: createProgress(stream, runs, 2, () => time), pass: (ms) => (time += ms) };
  };

  it('draws all runs together and each one under way, on a terminal', () => {
    const { written, progress, pass } = watched(true);
    pass(1000);
    progress.stepped(runs[0]?.spec ?? spec('dense'), 50, 0.5, 1, 500);
    expect(written.at(-1)?.split('\n')).toEqual([
      '[██████                  ]  25 %   500 examples/s   0:01 gone   0:02 left',
      '[████████████            ] dense 16   step 50/100   loss 0.5000   500 examples/s',
      '',
    ]);
    progress.finished(runs[0]?.spec ?? spec('dense'), 0.25);
    expect(written.join('')).toContain('dense 16                 seed 0   loss 0.2500   (1 of 2 runs)\n');
    progress.end();
    expect(written.at(-1)).toBe('\u001b[1A\u001b[0J');
  });

  it('writes a plain line now and then elsewhere', () => {
    const { written, progress, pass } = watched(false);
    const first = runs[0]?.spec ?? spec('dense');
    pass(1000);
    progress.stepped(first, 10, 0.9, 1, 100);
    expect(written).toEqual([]);
    pass(20_000);
    progress.stepped(first, 20, 0.8, 21, 200);
    expect(written).toEqual(['10 %   10 examples/s   0:21 gone   1:45 left\n']);
  });
});
