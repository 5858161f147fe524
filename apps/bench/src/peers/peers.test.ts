import { afterAll, describe, expect, it } from 'vitest';
import { checkResult } from '../harness/check.ts';
import { contractExactly } from '../work/exact.ts';
import { operandsOf } from '../work/operands.ts';
import { termsOf, type Work } from '../work/work.ts';
import { einlab } from './einlab.ts';
import { jaxJs } from './jax-js.ts';
import { ortWeb } from './ort-web.ts';
import type { Peer } from './peer.ts';
import { tfjs } from './tfjs.ts';

const work = (pattern: string, weights: boolean, steps: readonly string[] = [pattern]): Work => {
  const sizes = { m: 6, b: 3, k: 5, n: 4, t: 7, g: 3, a: 5, f: 2, e: 4 };
  return { name: pattern, pattern, sizes, steps, weights };
};

const works = [
  work('mk,kn->mn', true),
  work('mbk,bkn->mbn', true),
  work('bmk,bkn->bmn', true),
  work('tgf,fge->tfe', true),
  work('tga,tgf->gaf', false),
  work('tga,gaf,fge->tfe', true, ['tga,gaf->tgf', 'tgf,fge->tfe']),
];

/** Forms that an engine is known not to have, so that a change of version is noticed here. */
const refused: Readonly<Record<string, readonly string[]>> = { 'tfjs-wasm': ['einsum'] };

// In one process and in this order, as in a run: opening one engine must not change another.
const opened: Peer[] = [];
for (const source of [einlab(), tfjs(), ortWeb(), jaxJs()]) opened.push(await source.open());

afterAll(async () => {
  for (const peer of opened) await peer.close();
});

describe.each(opened)('$name', (peer) => {
  it('tells its version and what is timed', () => {
    expect(peer.version).toMatch(/\d+\.\d+\.\d+|this repository/);
    expect(peer.timed.length).toBeGreaterThan(0);
  });

  it.each(works)('does $pattern in every form it offers', async (entry) => {
    const operands = operandsOf(entry);
    const exact = contractExactly(entry, operands);
    const wrong: string[] = [];
    const unable: string[] = [];
    for (const form of peer.forms(entry)) {
      const prepared = await form.prepare(entry, operands);
      try {
        await prepared.run();
        // Twice: a run must leave the operands as they were.
        for (const result of [await prepared.read(), await prepared.read()]) {
          const report = checkResult(result, exact, termsOf(entry));
          if (!report.isRight) wrong.push(`${form.name}: ${report.explanation}`);
        }
      } catch {
        unable.push(form.name);
      }
      prepared.dispose();
    }
    expect(wrong).toEqual([]);
    expect(unable).toEqual(refused[peer.name] ?? []);
  });
});

describe('the engines together', () => {
  it('leave the globals as they were', () => {
    expect('Worker' in globalThis).toBe(false);
  });
});
