import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { assertClose } from './assert-close.ts';
import { checkProperty } from './check-property.ts';
import { property } from './property.ts';
import { SEED } from './seed.ts';

describe('checkProperty', () => {
  it('refuses a law that fails and shows the shrunk counterexample and the seed', async () => {
    const run = checkProperty(fc.nat(), (n) => n < 10);
    await expect(run).rejects.toThrow(/Counterexample: \[10\]/);
    await expect(run).rejects.toThrow(`EINLAB_SEED=${SEED}`);
  });

  it('refuses a law whose assertion throws, after an await too', async () => {
    const run = checkProperty(fc.nat(), async (n) => {
      await Promise.resolve();
      expect(n).toBeLessThan(10);
    });
    await expect(run).rejects.toThrow(/Counterexample: \[10\]/);
  });

  it('refuses a predicate that neither answers nor asserts', async () => {
    // Awaited before the first `expect`, which would count as the predicate's own.
    const outcome = await checkProperty(fc.nat(), () => {}).catch((error: unknown) => error);
    expect(String(outcome)).toContain('must return a boolean or make an assertion');
  });

  it('counts assertClose as an assertion', async () => {
    expect(await checkProperty(fc.nat(), (n) => assertClose([n], [n]), { runs: 7 })).toEqual({ runs: 7, requested: 7 });
  });

  it('tries the same cases for the same seed and others for another', async () => {
    const casesOf = async (seed: number): Promise<number[]> => {
      const cases: number[] = [];
      await checkProperty(fc.nat(), (n) => cases.push(n) > 0, { seed, runs: 20 });
      return cases;
    };
    expect(await casesOf(1)).toEqual(await casesOf(1));
    expect(await casesOf(1)).not.toEqual(await casesOf(2));
  });

  it('ends at the time cap with the cases done by then and no failure', { timeout: 20_000 }, async () => {
    const slow = async (): Promise<boolean> => {
      await new Promise((resolve) => setTimeout(resolve, 900));
      return true;
    };
    const { runs, requested } = await checkProperty(fc.nat(), slow);
    expect(requested).toBe(100);
    expect(runs).toBeGreaterThan(1);
    expect(runs).toBeLessThan(6);
  });
});

describe('property', () => {
  let tried = 0;
  property('declares a test that runs the predicate', fc.nat(), () => (tried += 1) > 0, { runs: 13 });
  afterAll(() => expect(tried).toBe(13));
});
