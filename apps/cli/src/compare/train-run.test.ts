import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDevice, setDefaultDevice } from '@einlab/einsum-core';
import { describeOnBackends } from '@einlab/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Reply } from './messages.ts';
import type { RunResult } from './result.ts';
import type { RunSpec } from './spec.ts';
import { timeRun } from './time-run.ts';
import { trainRun } from './train-run.ts';

/** A text of 900 characters in an alphabet of 7, predictable enough to be learned. */
const ids = Int32Array.from({ length: 900 }, (_, i) => (i * i + (i >> 3)) % 7);

const shared = { structure: 'btt', width: 8, naiveRates: false, seed: 3, steps: 12, rate: 0.01, warmup: 2, layers: 1 };

describeOnBackends('trainRun', (backend) => {
  const specs: Readonly<Record<RunSpec['task'], RunSpec>> = {
    text: { ...shared, task: 'text', batch: 2, context: 8, heads: 2, vocabulary: 7, textHash: '', device: backend },
    teacher: { ...shared, task: 'teacher', batch: 4, teacherSeed: 1, device: backend },
    images: { ...shared, task: 'images', batch: 4, imageSeed: 1, device: backend },
  };
  let folder = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'einlab-train-'));
    setDefaultDevice(await openDevice(backend));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Trains one run until its end, or until it has asked for so many batches. */
  const train = async (spec: RunSpec, name: string, batches: number = Number.POSITIVE_INFINITY): Promise<Reply[]> => {
    const replies: Reply[] = [];
    let asked = 0;
    const context = { ids, isStopped: () => ++asked > batches };
    const checkpoint = join(folder, `${name}.safetensors`);
    await trainRun({ kind: 'run', spec, checkpoint }, context, (reply) => replies.push(reply));
    return replies;
  };
  const resultOf = (replies: readonly Reply[]): RunResult | undefined =>
    replies.flatMap((reply) => (reply.kind === 'result' ? [reply.result] : []))[0];
  /** What must not depend on how a run was made: everything but its times. */
  const numbers = (result: RunResult | undefined): unknown => ({
    losses: result?.unitLosses,
    evaluations: result?.evaluations.map(({ step, loss }) => [step, loss]),
    routing: result?.routing,
  });

  it('gives the same losses when it was stopped and went on', async () => {
    const unbroken = resultOf(await train(specs.text, 'unbroken'));
    const stopped = await train(specs.text, 'resumed', 7);
    expect(stopped.at(-1)).toEqual({ kind: 'stopped' });
    const resumed = resultOf(await train(specs.text, 'resumed'));
    expect(unbroken?.unitLosses.length).toBe(11);
    expect(numbers(resumed)).toEqual(numbers(unbroken));
  });

  it('learns: the last loss is below the first', async () => {
    const evaluations = resultOf(await train({ ...specs.text, steps: 60 }, 'learns'))?.evaluations ?? [];
    expect(evaluations.at(-1)?.step).toBe(60);
    expect(evaluations.at(-1)?.loss).toBeLessThan((evaluations[0]?.loss ?? 0) - 0.05);
  });

  // On the other devices the package of the mixtures has its own tests of training.
  if (backend === 'wasm') {
    it.each(['btt-moe:4', 'moe:4'])(
      'measures the routing of %s at each evaluation, and a run that went on has all of it',
      async (structure) => {
        const spec = { ...specs.text, structure };
        const unbroken = resultOf(await train(spec, `${structure.replace(':', '-')}-unbroken`));
        await train(spec, `${structure.replace(':', '-')}-resumed`, 7);
        const resumed = resultOf(await train(spec, `${structure.replace(':', '-')}-resumed`));
        expect(numbers(resumed)).toEqual(numbers(unbroken));
        expect(unbroken?.routing?.map(({ step }) => step)).toEqual(unbroken?.evaluations.map(({ step }) => step));
        const last = unbroken?.routing?.at(-1)?.layers ?? [];
        expect(last.map(({ path, load }) => [path.split('.').at(-1), load.length])).toEqual(
          (structure === 'moe:4' ? ['experts'] : ['query', 'key', 'value', 'output', 'up', 'down']).map((name) => [
            name,
            4,
          ]),
        );
        expect(unbroken?.cost.activeParameters).toBeLessThan(unbroken?.cost.parameters ?? 0);
      },
    );
  }

  // Eight thousand test points through the teacher take the reference loops a minute.
  if (backend !== 'reference') {
    it('trains the teacher task, whose zero student has the error 1 that the standardized teacher has', async () => {
      const result = resultOf(await train({ ...specs.teacher, rate: 1e-9, steps: 3 }, 'teacher'));
      expect(result?.unitLosses.length).toBe(128);
      expect(Math.abs((result?.loss ?? 0) - 1)).toBeLessThan(0.1);
    });
  }

  it('times a step', async () => {
    expect(await timeRun(specs.text, { ids, isStopped: () => false })).toBeGreaterThan(0);
    expect(existsSync(join(folder, 'time.safetensors'))).toBe(false);
  });
});
