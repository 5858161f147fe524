import { keyFromSeed, normal, rngFromKey } from '@einlab/numerics';
import { describe, expect, it } from 'vitest';
import { tableFromRows } from '../data/table.ts';
import { fitMaskedNetworks, type MaskedData, type MaskedFit, type MaskedFitControl } from './masked-networks.ts';
import { sdcd } from './sdcd.ts';

/** A checkpoint in memory, and what was written to it. */
function memory() {
  const kept = new Map<string, string>();
  const written: string[] = [];
  return {
    kept,
    written,
    checkpoint: {
      read: async (name: string) => kept.get(name),
      write: async (name: string, text: string) => {
        written.push(name);
        kept.set(name, text);
      },
    },
  };
}

describe('fitMaskedNetworks', () => {
  const rng = rngFromKey(keyFromSeed(3));
  const [first, noise, third] = [0, 1, 2].map(() => Float32Array.from({ length: 80 }, () => normal(rng)));
  const second = first.map((value, i) => Math.tanh(value) + 0.3 * noise[i]);
  const data: MaskedData = {
    columns: [first, second, third],
    rows: Int32Array.from({ length: 80 }, (_, i) => i),
    mask: Uint8Array.of(0, 1, 1, 1, 0, 1, 1, 1, 0),
  };
  const fit: MaskedFit = { steps: 90, batch: 16, hidden: 3, rate: 1e-2, sparsity: 1e-3, decay: 1e-4, acyclicity: 5 };
  const run = (control: MaskedFitControl = {}, own: MaskedData = data, by: MaskedFit = fit) =>
    fitMaskedNetworks(keyFromSeed(5), own, by, control);
  /** Stops a fit behind this step. */
  const stopped = async (at: number, control: MaskedFitControl, own: MaskedData = data, by: MaskedFit = fit) => {
    const abort = new AbortController();
    const onProgress = ({ fraction }: { readonly fraction: number }): void => {
      if (fraction * by.steps >= at) abort.abort();
    };
    await expect(run({ ...control, signal: abort.signal, onProgress }, own, by)).rejects.toThrow(
      /stopped by its signal/,
    );
  };

  it.each([5, 0])(
    'goes on after a stop to the bits of a fit that was not stopped, with cycles priced at %i',
    async (acyclicity) => {
      const by = { ...fit, acyclicity };
      const whole = await run({}, data, by);
      const { kept, written, checkpoint } = memory();
      await stopped(50, { checkpoint, writeEvery: 15 }, data, by);
      expect(written.length).toBeGreaterThanOrEqual(3);
      expect(new Set(written).size).toBe(1);
      const [text = ''] = kept.values();
      const { step } = JSON.parse(text) as { step: number };
      expect(step).toBeGreaterThanOrEqual(45);
      const steps: number[] = [];
      const again = await run(
        { checkpoint, writeEvery: 15, onProgress: ({ fraction }) => steps.push(Math.round(fraction * 90)) },
        data,
        by,
      );
      expect(Math.min(...steps)).toBeGreaterThanOrEqual(step);
      expect(again).toEqual(whole);
    },
  );

  it('takes nothing from a fit to other rows, another mask, other settings or another key', async () => {
    const { kept, checkpoint } = memory();
    await stopped(40, { checkpoint, writeEvery: 20 });
    const others: readonly (readonly [MaskedData, MaskedFit])[] = [
      [{ ...data, rows: data.rows.slice(1) }, fit],
      [{ ...data, mask: Uint8Array.of(0, 1, 1, 0, 0, 1, 1, 1, 0) }, fit],
      [{ ...data, columns: [first, third, second] }, fit],
      [{ ...data, isTargeted: data.columns.map((_, j) => new Uint8Array(80).fill(j === 1 ? 1 : 0, 0, 10)) }, fit],
      [data, { ...fit, rate: 2e-2 }],
      [data, { ...fit, steps: 91 }],
    ];
    for (const [own, by] of others) await stopped(40, { checkpoint, writeEvery: 20 }, own, by);
    expect(kept.size).toBe(1 + others.length);
  });

  it.each([
    ['no JSON', /begins with "no JSON"; expected the state of a fit/],
    ['{"step":1.5,"leaves":[]}', /expected the state of a fit/],
    ['{"step":20,"leaves":["AAAAAA=="]}', /holds arrays of 1 numbers; expected 27, 9, 18, 6/],
  ])('refuses %s', async (text, message) => {
    const checkpoint = { read: async () => text, write: async () => {} };
    await expect(run({ checkpoint })).rejects.toThrow(message);
  });

  it('is what SDCD goes on with, in both stages', async () => {
    const rows = Array.from({ length: 80 }, (_, i) => [first[i], second[i], third[i]]);
    const table = tableFromRows(['a', 'b', 'c'], rows.flat());
    const options = { key: keyFromSeed(1), selectionSteps: 520, steps: 1100 };
    const whole = await sdcd(table, options);
    for (const phase of ['selecting inputs', 'directing edges']) {
      const { kept, checkpoint } = memory();
      const abort = new AbortController();
      await expect(
        sdcd(table, {
          ...options,
          checkpoint,
          signal: abort.signal,
          onProgress: (progress) => {
            if (progress.phase === phase && progress.fraction > 0.96) abort.abort();
          },
        }),
      ).rejects.toThrow(/stopped/);
      expect(kept.size).toBe(phase === 'selecting inputs' ? 1 : 2);
      expect(await sdcd(table, { ...options, checkpoint })).toEqual(whole);
    }
  }, 60_000);
});
