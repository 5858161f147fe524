import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDevice, setDefaultDevice } from '@einlab/einsum-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TeacherSpec } from './spec.ts';
import { trainRun } from './train-run.ts';

/** Shorter than the default, and still long enough for the order at this size. */
const shared = {
  task: 'teacher',
  teacherSeed: 0,
  seed: 0,
  steps: 400,
  batch: 256,
  rate: 3e-3,
  warmup: 40,
  layers: 2,
  device: 'wasm',
} as const;

describe('the teacher task on wasm, one size, one seed, 400 steps', () => {
  let folder = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'einlab-teacher-'));
    setDefaultDevice(await openDevice('wasm'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const lossOf = async (structure: string, width: number, naiveRates = false): Promise<number> => {
    const spec: TeacherSpec = { ...shared, structure, width, naiveRates };
    let loss = Number.NaN;
    await trainRun(
      { kind: 'run', spec, checkpoint: join(folder, `${structure.replace(/\W/g, '-')}-${naiveRates}.safetensors`) },
      { ids: new Int32Array(), isStopped: () => false },
      (reply) => {
        if (reply.kind === 'result') loss = reply.result.loss;
      },
    );
    return loss;
  };

  it('orders structures at equal compute as the papers do, and needs structure-aware rates', {
    timeout: 180_000,
  }, async () => {
    // about 17 k multiply-accumulates per example each
    const dense = await lossOf('dense', 32);
    const btt = await lossOf('btt', 100);
    const kronecker = await lossOf('kronecker', 100);
    const lowRank = await lossOf('low-rank', 100);
    const naive = await lossOf('btt', 100, true);
    const shown = JSON.stringify({ dense, btt, kronecker, lowRank, naive });
    expect(btt, shown).toBeLessThan(0.97 * dense);
    expect(kronecker, shown).toBeGreaterThan(1.03 * dense);
    expect(lowRank, shown).toBeGreaterThan(1.2 * kronecker);
    expect(naive, shown).toBeGreaterThan(1.2 * btt);
  });
});
