import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate, openDevice, random, setDefaultDevice, type Tensor, tensor } from '@einlab/einsum-core';
import { describeOnBackends } from '@einlab/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeOn, useBackend, valuesOf } from '../backend.test-helper.ts';
import { loadSafetensors } from '../checkpoint/load-safetensors.ts';
import { saveSafetensors } from '../checkpoint/save-safetensors.ts';
import { crossEntropy } from '../cross-entropy.ts';
import { characterVocabulary } from '../data/vocabulary.ts';
import { randomWindows, type SequenceBatch } from '../data/windows.ts';
import { type Mlp, mlp } from '../mlp.ts';
import { adamW } from '../optimizers/adam-w.ts';
import { cosineRate } from '../optimizers/schedule.ts';
import { sgd } from '../optimizers/sgd.ts';
import { rates } from '../rates.ts';
import { type Transformer, transformer } from '../transformer.ts';
import { disposeTree } from './own-tree.ts';
import { train } from './train.ts';
import type { TrainOptions, TrainProgress } from './train-options.ts';

const text = 'to be, or not to be, that is the question: '.repeat(8);
const vocabulary = characterVocabulary(text);

/** A small language model on a line of text: everything that a real run has. */
function languageRun(steps: number): TrainOptions<Transformer, SequenceBatch> & { readonly steps: number } {
  const params = transformer.init(random.key(1), {
    vocab: vocabulary.size,
    context: 4,
    width: 8,
    depth: 1,
    heads: 2,
    normalized: true,
  });
  return {
    loss: (model, batch) => crossEntropy(transformer.apply(model, batch.inputs), batch.targets),
    params,
    data: randomWindows(vocabulary.encode(text), random.key(2), { batch: 4, time: 4 }),
    optimizer: adamW({ rate: 0.01, rates: rates(params, { base: { width: 4 } }) }),
    schedule: cosineRate({ rate: 0.02, steps: 12, warmup: 3 }),
    clip: 1,
    steps,
    reportEvery: 3,
  };
}

/** One number that should become 3. */
const quadratic: TrainOptions<{ w: Tensor }, Tensor> & { readonly steps: number } = {
  loss: ({ w }, target) => w.subtract(target).square().sum(),
  params: { w: tensor([1]) },
  data: () => tensor([3]),
  optimizer: sgd({ rate: 0.25 }),
  steps: 4,
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'einlab-train-'));
});
afterAll(async () => rm(folder, { recursive: true }));

describeOnBackends('train', (backend) => {
  const device = useBackend(backend);
  const close = closeOn(backend);

  it('makes the steps of the optimizer and records the losses before them', async () => {
    const told: TrainProgress[] = [];
    const result = await train({ ...quadratic, reportEvery: 2, onProgress: (progress) => told.push(progress) });
    // w − 3 halves: 2, 1, 1/2, 1/4, 1/8
    close(await result.params.w.data(), [3 - 2 / 16]);
    expect(result.losses).toEqual([
      { step: 2, loss: 1 },
      { step: 4, loss: 1 / 16 },
    ]);
    expect(result).toMatchObject({ step: 4, aborted: false, evaluations: [] });
    expect(told).toMatchObject([{ step: 2, steps: 4, loss: 1, rate: 0.25 }, { step: 4 }]);
    expect(result.seconds).toBeGreaterThan(0);
  });

  it('takes the rate of each step from the schedule', async () => {
    const seen: number[] = [];
    const result = await train({
      ...quadratic,
      steps: 3,
      reportEvery: 1,
      schedule: (step) => [0.5, 0, 0.25][step] ?? 0,
      onProgress: ({ rate }) => seen.push(rate),
    });
    expect(seen).toEqual([0.5, 0, 0.25]);
    close(await result.params.w.data(), [3]);
  });

  it('evaluates every so many steps and at the end', async () => {
    const evaluate = { every: 2, run: async ({ w }: { w: Tensor }) => w.item() };
    const { evaluations } = await train({ ...quadratic, steps: 5, evaluate });
    expect(evaluations.map(({ step }) => step)).toEqual([2, 4, 5]);
    close(
      evaluations.map(({ value }) => value),
      [3 - 2 / 4, 3 - 2 / 16, 3 - 2 / 32],
    );
  });

  it('lowers the loss of a language model, and gives the same numbers twice', async () => {
    const [first, second] = [await train(languageRun(12)), await train(languageRun(12))];
    expect(first.losses.at(-1)?.loss).toBeLessThan(0.95 * Math.log(vocabulary.size));
    expect(second.losses).toEqual(first.losses);
    expect(await valuesOf(second.params)).toEqual(await valuesOf(first.params));
  });

  it('resumed from a checkpoint, gives the bits of the unbroken run', async () => {
    const path = join(folder, `resume-${backend}.safetensors`);
    const whole = await train(languageRun(12));
    await train({ ...languageRun(5), checkpoint: { path, metadata: { made: 'by a test' } } });
    expect((await loadSafetensors(path)).metadata['made']).toBe('by a test');
    const resumed = await train({ ...languageRun(12), resumeFrom: path });
    expect(await valuesOf(resumed.params)).toEqual(await valuesOf(whole.params));
    expect(resumed.losses.filter(({ step }) => step !== 5)).toEqual(whole.losses);
    const fromBytes = await train({ ...languageRun(12), resumeFrom: new Uint8Array(await readFile(path)) });
    expect(await valuesOf(fromBytes.params)).toEqual(await valuesOf(whole.params));
  });

  it('resumes after evaluations that were not finite, and keeps them', async () => {
    const path = join(folder, `${backend}-evaluations.safetensors`);
    const values = [Number.NaN, Infinity, -Infinity, 1];
    const run = (steps: number): typeof quadratic => ({
      ...quadratic,
      steps,
      evaluate: { every: 1, run: async () => values.shift() ?? 2 },
    });
    const first = await train({ ...run(4), checkpoint: { path } });
    const second = await train({ ...run(5), resumeFrom: path });
    expect(second.evaluations.map(({ value }) => value)).toEqual([Number.NaN, Infinity, -Infinity, 1, 2]);
    disposeTree([first.params, second.params]);
  });

  it('interrupted by a signal and resumed, again and again, gives the bits and the records of the unbroken run', async () => {
    const path = join(folder, `abort-${backend}.safetensors`);
    const evaluate = { every: 4, run: async (model: Transformer) => (await model.norm.gain.data())[0] ?? 0 };
    const whole = await train({ ...languageRun(12), evaluate });
    let result: Awaited<ReturnType<typeof train<Transformer, SequenceBatch>>> | undefined;
    for (const last of [2, 7, 9, Infinity]) {
      const controller = new AbortController();
      const run = languageRun(12);
      const data = (step: number): ReturnType<typeof run.data> => {
        if (step === last) controller.abort();
        return run.data(step);
      };
      result = await train({
        ...run,
        evaluate,
        data,
        signal: controller.signal,
        checkpoint: { path },
        ...(result === undefined ? {} : { resumeFrom: path }),
      });
      expect(result.aborted).toBe(last < Infinity);
      // the step under way is finished
      expect(result.step).toBe(Math.min(12, last + 1));
    }
    expect(await valuesOf(result?.params)).toEqual(await valuesOf(whole.params));
    expect(result?.losses).toEqual(whole.losses);
    expect(result?.evaluations.map(({ step, value }) => [step, value])).toEqual(
      whole.evaluations.map(({ step, value }) => [step, value]),
    );
  });

  it('a signal that was given before the start leaves the parameters as they were', async () => {
    const result = await train({ ...quadratic, signal: AbortSignal.abort() });
    expect(result).toMatchObject({ step: 0, aborted: true, losses: [] });
    expect([...(await result.params.w.data())]).toEqual([1]);
  });

  it('lets timers through, so that a signal from outside arrives', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const result = await train({ ...quadratic, steps: 10_000_000, signal: controller.signal });
    expect(result.aborted).toBe(true);
  });

  it('ends when its time is used up', async () => {
    const { steps: _, ...endless } = quadratic;
    const result = await train({ ...endless, budgetSeconds: 0.05, reportEvery: 1000000 });
    expect(result.aborted).toBe(false);
    expect(result.seconds).toBeGreaterThanOrEqual(0.05);
    expect(result.losses.at(-1)?.step).toBe(result.step);
  });

  it('holds the same memory after every step, and gives all but the result back', async () => {
    const own = await openDevice(backend);
    setDefaultDevice(own);
    const live: number[] = [];
    const result = await train({ ...languageRun(9), reportEvery: 1, onProgress: () => live.push(own.memory().live) });
    expect(new Set(live).size).toBe(1);
    expect(own.memory().live).toBeLessThan(live[0] ?? 0);
    disposeTree(result.params);
    expect(own.memory().live).toBe(0);
    own.close();
    setDefaultDevice(device());
  });

  it('leaves the caller’s kept tensors alone', async () => {
    const params = await evaluate(mlp.init(random.key(1), { width: 4 }));
    const before = await valuesOf(params);
    const x = await evaluate(random.normal(random.key(2), [3, 4]));
    await train<Mlp, Tensor>({
      params,
      loss: (model, batch) => mlp.apply(model, batch).square().mean(),
      data: () => x,
      optimizer: sgd(),
      steps: 3,
    });
    expect(await valuesOf(params)).toEqual(before);
    expect((await x.data()).length).toBe(12);
  });

  it('stops at a loss that is not finite, and keeps the last good checkpoint', async () => {
    const path = join(folder, `diverged-${backend}.safetensors`);
    const diverging = train({
      ...quadratic,
      steps: 200,
      reportEvery: 200,
      optimizer: sgd({ rate: 1e30 }),
      checkpoint: { path, every: 1 },
    });
    await expect(diverging).rejects.toThrow(
      /the loss is (Infinity|NaN) at step \d+ \(rate 1e\+30\); lower the rate, clip the gradients, or check the data/,
    );
    expect([...((await (await loadSafetensors(path)).tensors['params.w']?.data()) ?? [])].every(Number.isFinite)).toBe(
      true,
    );
  });
});

describe('train refuses what it cannot run', () => {
  it.each([
    ['in a folder that is missing', () => join(folder, 'missing', 'run.safetensors'), 'its folder does not exist'],
    ['that is a folder', () => folder, 'it is a folder'],
    ['without a name', () => '', 'checkpoint.path is ""; expected the path of a file'],
  ])('a checkpoint %s, before the first step', async (_name, path, message) => {
    let steps = 0;
    const data = (): Tensor => {
      steps++;
      return tensor([3]);
    };
    await expect(train({ ...quadratic, data, checkpoint: { path: path() } })).rejects.toThrow(message);
    expect(steps).toBe(0);
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it.each<[Partial<TrainOptions<{ w: Tensor }, Tensor>>, string]>([
    [{ steps: 1.5 }, 'train: steps is 1.5; expected a whole number ≥ 0'],
    [{ budgetSeconds: 0 }, 'train: budgetSeconds is 0; expected a number > 0'],
    [{ reportEvery: 0 }, 'train: reportEvery is 0; expected a whole number ≥ 1'],
    [{ checkpoint: { path: 'x', every: -1 } }, 'train: checkpoint.every is -1'],
    [{ resumeFrom: 'no/such/file' }, 'cannot read no/such/file: the file or its folder does not exist (ENOENT)'],
  ])('%j', async (options, message) => {
    await expect(train({ ...quadratic, ...options })).rejects.toThrow(message);
  });

  it('a run without an end', async () => {
    const { steps: _, ...endless } = quadratic;
    await expect(train(endless)).rejects.toThrow('neither steps nor budgetSeconds is given');
  });

  it('a checkpoint folder that is missing, after which no file is left', async () => {
    await expect(
      train({ ...quadratic, checkpoint: { path: join(folder, 'missing', 'run.safetensors') } }),
    ).rejects.toThrow('cannot write');
    expect(await readdir(folder)).not.toContain('missing');
  });

  it('checkpoints of another kind, another model or another optimizer', async () => {
    const [foreign, other, damaged] = ['foreign', 'other', 'damaged'].map((name) =>
      join(folder, `${name}.safetensors`),
    ) as [string, string, string];
    await saveSafetensors(foreign, { w: tensor([1]) });
    await expect(train({ ...quadratic, resumeFrom: foreign })).rejects.toThrow(
      'the format is null; expected einlab-training-1, a checkpoint that train wrote',
    );
    await train({ ...quadratic, checkpoint: { path: other } });
    await expect(train({ ...quadratic, params: { w: tensor([1, 2]) }, resumeFrom: other })).rejects.toThrow(
      'the tensor "params.w" is f32[1]; expected f32[2]',
    );
    await expect(train({ ...quadratic, optimizer: adamW(), resumeFrom: other })).rejects.toThrow(
      'the tensor "optimizer.first.w" is missing',
    );
    await writeFile(damaged, (await readFile(other)).subarray(0, -1));
    await expect(train({ ...quadratic, resumeFrom: damaged })).rejects.toThrow('is cut off');
  });
});
