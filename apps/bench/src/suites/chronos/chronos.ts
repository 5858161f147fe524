import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  boltForecaster,
  type ChronosBoltConfig,
  type ChronosT5Config,
  fromPretrained,
  makeBolt,
  makeChronosT5,
  meanScaleTokenizer,
  randomMaker,
  t5Forecaster,
  writeConfig,
} from '@einlab/chronos';
import {
  type Device,
  evaluate,
  isTensor,
  openDevice,
  random,
  setDefaultDevice,
  treeEntries,
} from '@einlab/einsum-core';
import { encodeSafetensors } from '@einlab/nn';
import { keyFromSeed } from '@einlab/numerics';
import type { Arguments } from '../../arguments.ts';
import type { Prepared } from '../../peers/peer.ts';
import { isTorch, type TorchPeer, torch } from '../../peers/torch.ts';
import { torchBolt, torchT5 } from './torch-models.ts';

/** One measurement. */
export interface ChronosRow {
  readonly work: string;
  /** Median milliseconds of this engine. */
  readonly milliseconds: number;
  /** Median milliseconds of PyTorch, null where it was not found or has no part in it. */
  readonly torch: number | null;
  /** PyTorch's time over this engine's. */
  readonly ratio: number | null;
  /** What was asked for, in the units of `ratio`, or of seconds where there is no peer. */
  readonly wanted: number | null;
}

/** The report of the suite. */
export interface ChronosReport {
  readonly threads: number;
  readonly torch: string | null;
  readonly rows: readonly ChronosRow[];
}

const body = {
  width: 256,
  hidden: 1024,
  heads: 4,
  dim: 64,
  encoderLayers: 4,
  decoderLayers: 4,
  buckets: 32,
  maxDistance: 128,
  eps: 1e-6,
  activation: 'relu',
  tied: true,
  dropout: 0,
  initializerFactor: 1,
} as const;

/** The sizes of Chronos-Bolt tiny. */
const bolt: ChronosBoltConfig = {
  family: 'bolt',
  body: { ...body, vocab: 2 },
  contextLength: 2048,
  predictionLength: 64,
  patchSize: 16,
  patchStride: 16,
  quantiles: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
  useReg: true,
};

/** The sizes of Chronos-T5 tiny. */
const t5: ChronosT5Config = {
  family: 't5',
  body: { ...body, vocab: 4096 },
  tokenizer: { tokenCount: 4096, contextLength: 512, predictionLength: 64 },
  sampling: { samples: 20, temperature: 1, topK: 50, topP: 1 },
};

const threads = 2;
const series = (length: number, shift = 0): Float64Array =>
  Float64Array.from(
    { length },
    (_, t) => 50 + 10 * Math.sin((2 * Math.PI * (t + shift)) / 24) + ((t * 37 + shift) % 11),
  );

/**
 * How long a work is repeated before it is timed, both here and in PyTorch: WebAssembly is compiled twice, at once and in a
 * hurry, and well while that runs.
 */
const warmUpMilliseconds = 1000;

/** Repeats until the time is over, at least once. */
async function warmUp(run: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  do await run();
  while (performance.now() - start < warmUpMilliseconds);
}

async function median(repeat: number, run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  await warmUp(run);
  for (let i = 0; i < repeat; i++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(repeat / 2)] ?? Number.NaN;
}

/** PyTorch's inputs: every parameter by name. */
async function inputsOf(
  tree: unknown,
): Promise<{ names: string[]; inputs: { shape: readonly number[]; values: Float32Array }[] }> {
  const named = treeEntries(tree).flatMap(([name, leaf]) => (isTensor(leaf) ? [{ name, leaf }] : []));
  const inputs: { shape: readonly number[]; values: Float32Array }[] = [];
  for (const { leaf } of named) inputs.push({ shape: leaf.shape, values: Float32Array.from(await leaf.data()) });
  return { names: named.map(({ name }) => name), inputs };
}

async function timeTorch(prepared: Prepared, repeat: number): Promise<number> {
  const { time } = prepared;
  if (time === undefined) return Number.NaN;
  await warmUp(() => time(1));
  const times: number[] = [];
  for (let i = 0; i < repeat; i++) times.push(await time(1));
  prepared.dispose();
  return times.sort((a, b) => a - b)[Math.floor(repeat / 2)] ?? Number.NaN;
}

/** Refuses to compare times of different results. */
function assertNear(work: string, got: ArrayLike<number>, expected: ArrayLike<number>): void {
  const size = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  const worst = Array.from(expected).reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (got[i] ?? Number.NaN)) || 0),
    0,
  );
  if (got.length !== expected.length || worst > 1e-3 * size) {
    throw new Error(
      `${work}: results differ from PyTorch's by ${worst} of ${size} (${got.length} and ${expected.length} values)`,
    );
  }
}

/** What every measurement needs. */
interface Bench {
  readonly peer: TorchPeer | undefined;
  readonly device: Device;
  readonly repeat: number;
}

async function measureBolt({ peer, device, repeat }: Bench): Promise<ChronosRow[]> {
  const parameters = await evaluate(makeBolt(randomMaker(random.key(1)), bolt));
  const forecaster = boltForecaster(parameters, bolt);
  const one = [series(2048)];
  await forecaster.forecast(one, 64);
  const rows: ChronosRow[] = [];
  for (const count of [1, 32]) {
    const work = `Bolt tiny, context 2048, 64 steps, ${count} series`;
    const many = Array.from({ length: count }, (_, i) => series(2048, i));
    const milliseconds = await median(repeat, () => forecaster.forecast(many, 64));
    const theirs = peer === undefined ? null : await torchBoltTime(peer, parameters, many, repeat);
    rows.push({
      work,
      milliseconds,
      torch: theirs,
      ratio: theirs === null ? null : theirs / milliseconds,
      wanted: 0.8,
    });
  }
  const thousand = Array.from({ length: 1000 }, (_, i) => series(2048, i));
  await forecaster.forecast(thousand.slice(0, 64), 64);
  const before = device.memory().peak;
  const start = performance.now();
  await forecaster.forecast(thousand, 64);
  const milliseconds = performance.now() - start;
  const grown = (device.memory().peak - before) / 2 ** 20;
  rows.push({
    work: `Bolt tiny, 1000 series in one call; memory grew by ${grown.toFixed(1)} MiB`,
    milliseconds,
    torch: null,
    ratio: null,
    wanted: null,
  });
  forecaster.dispose();
  return rows;
}

async function torchBoltTime(
  peer: TorchPeer,
  parameters: unknown,
  many: readonly Float64Array[],
  repeat: number,
): Promise<number> {
  const { names, inputs } = await inputsOf(parameters);
  const [patches, visible] = [new Float32Array(many.length * 128 * 32), new Float32Array(many.length * 128).fill(1)];
  many.forEach((values, row) => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length);
    values.forEach((value, t) => {
      const at = (row * 128 + Math.floor(t / 16)) * 32 + (t % 16);
      patches[at] = (value - mean) / deviation;
      patches[at + 16] = 1;
    });
  });
  const all = [
    ...inputs,
    { shape: [many.length, 128, 32], values: patches },
    { shape: [many.length, 128], values: visible },
  ];
  const prepared = await peer.prepare({ code: torchBolt, inputs: all, data: { names, config: bolt.body } });
  return timeTorch(prepared, repeat);
}

async function measureT5({ peer, repeat }: Bench): Promise<ChronosRow> {
  const parameters = await evaluate(makeChronosT5(randomMaker(random.key(2)), t5));
  const forecaster = t5Forecaster(parameters, t5);
  const context = series(512);
  const options = { horizon: 64, key: keyFromSeed(1), samples: 20 };
  await forecaster.sample([context], { ...options, horizon: 2 });
  const milliseconds = await median(Math.max(1, Math.ceil(repeat / 3)), () => forecaster.sample([context], options));
  let theirs: number | null = null;
  if (peer !== undefined) {
    const { names, inputs } = await inputsOf(parameters);
    const { ids, scale } = meanScaleTokenizer(t5.tokenizer).encodeContext(context);
    const data = { names, config: t5.body, steps: 64, samples: 20 };
    const prepared = await peer.prepare({
      code: torchT5,
      inputs: [...inputs, { shape: [1, ids.length], values: ids }],
      data,
    });
    const tokenizer = meanScaleTokenizer(t5.tokenizer);
    const greedy = Array.from(await prepared.read(), (id) => tokenizer.decode(id, scale));
    const [[path = new Float32Array()] = []] = await forecaster.sample([context], {
      ...options,
      horizon: 8,
      samples: 1,
      topK: 1,
    });
    assertNear('T5 tiny', path, greedy);
    theirs = await timeTorch(prepared, Math.max(1, Math.ceil(repeat / 3)));
  }
  forecaster.dispose();
  const work = 'T5 tiny, context 512, 64 steps, 20 samples';
  return { work, milliseconds, torch: theirs, ratio: theirs === null ? null : theirs / milliseconds, wanted: 0.7 };
}

async function measureLoad({ repeat }: Bench): Promise<ChronosRow> {
  const folder = await mkdtemp(join(tmpdir(), 'einlab-bench-chronos-'));
  const weights = await encodeSafetensors(makeBolt(randomMaker(random.key(1)), bolt));
  await writeFile(join(folder, 'config.json'), JSON.stringify(writeConfig(bolt)));
  await writeFile(join(folder, 'model.safetensors'), weights);
  const milliseconds = await median(repeat, async () => (await fromPretrained(folder)).dispose());
  await rm(folder, { recursive: true });
  return {
    work: `load of a ${(weights.byteLength / 1e6).toFixed(1)} MB checkpoint, at most 500 ms`,
    milliseconds,
    torch: null,
    ratio: null,
    wanted: null,
  };
}

/** Speed of forecasts beside PyTorch, which `EINLAB_PYTHON` may name, on two threads. */
export async function chronosSuite(options: Arguments, progress: (line: string) => void): Promise<ChronosReport> {
  const device = await openDevice('wasm', { threads });
  setDefaultDevice(device);
  const peer = await torch(threads)
    .open()
    .catch((error: unknown) => {
      progress(`PyTorch: not found (${error instanceof Error ? error.message : String(error)})`);
      return undefined;
    });
  const bench: Bench = {
    peer: peer !== undefined && isTorch(peer) ? peer : undefined,
    device,
    repeat: options.repeat ?? (options.quick ? 3 : 9),
  };
  const rows: ChronosRow[] = [];
  const works: readonly (readonly [string, () => Promise<readonly ChronosRow[]>])[] = [
    ['load', async () => [await measureLoad(bench)]],
    ['bolt', () => measureBolt(bench)],
    ['t5', async () => [await measureT5(bench)]],
  ];
  for (const [name, run] of works) {
    if (options.only !== undefined && options.only !== name) continue;
    progress(name);
    rows.push(...(await run()));
  }
  await peer?.close();
  return { threads, torch: peer?.version ?? null, rows };
}

/** The report as text. */
export function chronosText({ rows, torch: version }: ChronosReport): string {
  const lines = rows.map(({ work, milliseconds, torch: theirs, ratio, wanted }) => {
    const peer =
      theirs === null || ratio === null
        ? ''
        : `; PyTorch ${theirs.toFixed(1)} ms, ${ratio.toFixed(2)}× its speed (wanted ${wanted})`;
    return `${work}: ${milliseconds.toFixed(1)} ms${peer}`;
  });
  return [`PyTorch ${version ?? 'not found'}, ${threads} threads`, ...lines].join('\n');
}
