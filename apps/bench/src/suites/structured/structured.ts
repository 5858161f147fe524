import { compile, evaluate, openDevice, random, setDefaultDevice, type Tensor, vjp } from '@einlab/einsum-core';
import { dense, type Structure, type StructuredMap } from '@einlab/nn';
import {
  blast,
  blockTensorTrain,
  butterfly,
  kronecker,
  lowRank,
  monarch,
  project,
  tensorTrain,
  toeplitz,
} from '@einlab/structured-layers';
import type { Arguments } from '../../arguments.ts';
import { judge } from '../../harness/criteria.ts';
import { machine } from '../../harness/machine.ts';
import { callsPerSample, sample, warmUp } from '../../harness/measure.ts';
import type { Prepared } from '../../peers/peer.ts';
import { prepareTorch } from '../../peers/torch.ts';
import { startTorch, type TorchProcess } from '../../peers/torch-process.ts';
import { judged, rowText, type StructuredReport, type StructuredRow } from './structured-report.ts';
import { torchCode } from './torch-forms.ts';

const threads = 2;
const families: readonly Structure[] = [
  blockTensorTrain(),
  monarch({ blocks: 4 }),
  monarch({ blocks: 16 }),
  lowRank(),
  kronecker(),
  tensorTrain({ rank: 4 }),
  blast(),
  butterfly(),
  toeplitz(),
];

/** Larger matrices are projected only onto families whose blocks are small: a full decomposition takes minutes. */
const largestProjection = 1024;

/** Differences beside the size of the values that f32 and another order of sums explain. */
const tolerance = 2e-3;

const clock = (): number => performance.now();

/**
 * Every family forward for 1, 16 and 256 rows, forward and backward for 256, and its projection, at sizes from 256 to 4096, beside dense maps on the
 * same engine in the same run, and beside PyTorch's bmm form where PyTorch is found.
 */
export async function structuredSuite(
  { quick, filter, repeat }: Arguments,
  { progress }: { readonly progress: (line: string) => void },
): Promise<StructuredReport> {
  setDefaultDevice(await openDevice('wasm', { threads }));
  const torch = await startTorch(threads).catch((error: Error) => error);
  const isTorch = !(torch instanceof Error);
  const rows: StructuredRow[] = [];
  const sizes = quick ? [256, 512, 1024] : [256, 512, 1024, 2048, 4096];
  for (const d of sizes) {
    for (const structure of families) {
      const map = structure.realize(d, d);
      for (const work of ['forward', 'forward+backward', 'projection'] as const) {
        for (const count of work === 'forward' ? [1, 16, 256] : work === 'forward+backward' ? [256] : [undefined]) {
          const name = `${structure} ${d} ${work} ${count ?? ''}`.trim();
          if (filter !== undefined && !name.includes(filter)) continue;
          const plan = { structure: `${structure}`, d, map, samples: repeat ?? (quick ? 4 : 8) };
          const row =
            count === undefined || work === 'projection'
              ? await timeProjection(plan)
              : await timeMap({ ...plan, count, work }, isTorch ? torch : undefined);
          if (row === undefined) continue;
          rows.push(row);
          progress(rowText(row));
        }
      }
    }
  }
  if (isTorch) torch.close();
  const found = isTorch ? torch.version : `not found (${torch.message})`;
  return { suite: 'structured', machine: machine(), threads, torch: found, isQuick: quick, rows };
}

interface Plan {
  readonly structure: string;
  readonly d: number;
  readonly map: StructuredMap;
  readonly samples: number;
}

type CoreTensors = Readonly<Record<string, Tensor>>;

/** A map ready to be timed: its value, or its value and all gradients. */
async function prepared(
  map: StructuredMap,
  count: number,
  withGradients: boolean,
): Promise<Prepared & { readonly cores: CoreTensors; readonly x: Tensor; readonly upstream: Tensor }> {
  const cores = await evaluate(map.init(random.key(1)));
  const x = await evaluate(random.normal(random.key(2), [count, map.in]));
  const upstream = await evaluate(random.normal(random.key(3), [count, map.out]));
  const step = compile((own: CoreTensors, rows: Tensor, cotangent: Tensor) => {
    if (!withGradients) return { value: map.apply(own, rows) };
    const [value, pull] = vjp((given: CoreTensors, input: Tensor) => map.apply(given, input), own, rows);
    return { value, gradients: pull(cotangent) };
  });
  const run = async (): Promise<void> => {
    const result = await step(cores, x, upstream);
    await result.value.slice([0, 0], [1, 1]).item();
    disposeAll(result);
  };
  return {
    contractions: 1,
    run,
    read: async () => Float32Array.from(await (await step(cores, x, upstream)).value.data()),
    dispose: () => step.dispose(),
    cores,
    x,
    upstream,
  };
}

function disposeAll(tree: unknown): void {
  if (typeof tree !== 'object' || tree === null) return;
  if ('dispose' in tree && typeof tree.dispose === 'function') tree.dispose();
  else for (const child of Object.values(tree)) disposeAll(child);
}

async function timeMap(
  { structure, d, map, samples, count, work }: Plan & { count: number; work: 'forward' | 'forward+backward' },
  torch: TorchProcess | undefined,
): Promise<StructuredRow> {
  const withGradients = work === 'forward+backward';
  const denseMap = dense().realize(d, d);
  const [ours, plain] = [await prepared(map, count, withGradients), await prepared(denseMap, count, withGradients)];
  if (d <= 1024) await assertSame(map, ours);
  const contestants: Prepared[] = [ours, plain];
  const torchDense = torch === undefined ? undefined : await torchOf(torch, denseMap, plain, withGradients);
  const torchOurs = torch === undefined ? undefined : await torchOf(torch, map, ours, withGradients);
  if (torchDense !== undefined && torchOurs !== undefined) contestants.push(torchOurs, torchDense);
  const best = await inTurns(contestants, samples);
  for (const each of contestants) each.dispose();
  const [milliseconds = Number.NaN, denseMilliseconds = Number.NaN, torchMilliseconds, torchDenseMilliseconds] = best;
  const speedup = denseMilliseconds / milliseconds;
  const ideal = denseMap.macs / map.macs;
  return judged({
    structure,
    d,
    work,
    rows: count,
    milliseconds,
    denseMilliseconds,
    speedup,
    ideal,
    share: speedup / ideal,
    ...(torchMilliseconds === undefined ? {} : { torchMilliseconds }),
    ...(torchDenseMilliseconds === undefined ? {} : { torchDenseMilliseconds }),
    demands: demandsOn(map, { d, count, withGradients, speedup, share: speedup / ideal }),
  });
}

/** What block tensor trains and Monarch matrices must reach. */
function demandsOn(
  map: StructuredMap,
  row: { d: number; count: number; withGradients: boolean; speedup: number; share: number },
): StructuredRow['demands'] {
  if (map.structure.name !== 'btt' && map.structure.name !== 'monarch') return [];
  const must = (quantity: string, threshold: number, measured: number) =>
    judge({ level: 'must', quantity, better: 'higher', threshold }, measured);
  if (row.withGradients && row.count >= 256 && row.d >= 512)
    return [
      must('dense ÷ structure', 1, row.speedup),
      ...(row.d === 2048 ? [must('share of the ideal ratio', 0.6, row.share)] : []),
    ];
  return !row.withGradients && row.count <= 16 && row.d >= 1024 ? [must('dense ÷ structure', 1, row.speedup)] : [];
}

async function assertSame(map: StructuredMap, ours: Awaited<ReturnType<typeof prepared>>): Promise<void> {
  const got = Array.from(await ours.read());
  const weight = map.toDense(ours.cores);
  const expected = Array.from(await dense().realize(map.in, map.out).apply({ weight }, ours.x).data());
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const off = got.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (expected[i] ?? Number.NaN))), 0);
  if (!(off <= tolerance * scale)) throw new Error(`${map}: results are off by ${off} where values are up to ${scale}`);
}

async function torchOf(
  torch: TorchProcess,
  map: StructuredMap,
  { cores, x, upstream }: Awaited<ReturnType<typeof prepared>>,
  withGradients: boolean,
): Promise<Prepared | undefined> {
  const code = torchCode(map, withGradients);
  if (code === undefined) return undefined;
  const given = [x, ...map.cores.flatMap(({ name }) => cores[name] ?? []), ...(withGradients ? [upstream] : [])];
  const inputs = await Promise.all(
    given.map(async (tensor) => ({ shape: tensor.shape, values: Float32Array.from(await tensor.data()) })),
  );
  return prepareTorch(torch, { code, inputs });
}

/** The shortest time of each, sampled in turns so that whatever else the machine does falls on all. */
async function inTurns(contestants: readonly Prepared[], samples: number): Promise<number[]> {
  const calls: number[] = [];
  for (const each of contestants) {
    const perCall = await warmUp(each, { clock, warmUpMilliseconds: 60, sampleMilliseconds: 15 });
    calls.push(callsPerSample(perCall, 15));
  }
  const best = contestants.map(() => Number.POSITIVE_INFINITY);
  for (let turn = 0; turn < samples; turn++) {
    for (const [i, each] of contestants.entries())
      best[i] = Math.min(best[i] ?? Infinity, await sample(each, calls[i] ?? 1, clock));
  }
  return best;
}

async function timeProjection({ structure, d, map }: Plan): Promise<StructuredRow | undefined> {
  const isQuickFamily =
    map.structure.name === 'btt' || map.structure.name === 'monarch' || map.structure.name === 'toeplitz';
  if (d > largestProjection && !isQuickFamily) return undefined;
  // its blocks are decomposed one by one, in time that grows with the third power of their side
  const [core] = map.cores;
  const side = map.structure.name === 'monarch' ? Math.max(...(core?.shape.slice(1) ?? [1])) : 1;
  if (d > largestProjection && side > 128) return undefined;
  if (d > 256 && (map.structure.name === 'blast' || map.structure.name === 'butterfly')) return undefined;
  const weight = await evaluate(random.normal(random.key(4), [d, d]));
  const start = clock();
  const { relativeError } = await project(map.structure, weight);
  return judged({ structure, d, work: 'projection', milliseconds: clock() - start, relativeError, demands: [] });
}
