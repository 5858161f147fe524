import { type Device, openDevice, setDefaultDevice } from '@einlab/einsum-core';
import { bttMoe, planExecution } from '@einlab/moe';
import { type Judged, judge, type Verdict, verdictOf } from '../../harness/criteria.ts';
import { machine } from '../../harness/machine.ts';
import { type InsideLayer, insideLayer, layerParts, profiledShare, timeParts } from './inside-layer.ts';
import { pairedRatio } from './paired-ratio.ts';
import { assertSame, disposeAll, type Drawn, drawn, layerStep, partSteps, type Step } from './layer.ts';

/** One layer of d → d features with experts, and the device that computes it. */
export interface MoeSize {
  readonly device: 'wasm' | 'webgpu';
  readonly d: number;
  readonly experts: number;
  readonly k: number;
  readonly tokens: number;
  readonly work: 'forward' | 'forward+backward';
}

/** One size: every expert for every token, and each expert for its own tokens. */
export interface MoeRow extends MoeSize {
  readonly maskedMilliseconds: number;
  readonly gatheredMilliseconds: number;
  /** masked / gathered: of the shortest times, or on WebGPU of those of a turn, see `pairedRatio`. */
  readonly speedup: number;
  /** E/k */
  readonly ideal: number;
  /** speedup / ideal */
  readonly share: number;
  /** Forward only: where the layer's time goes. */
  readonly inside?: InsideLayer;
  /** Forward only: its parts as programs of their own, each with its call, and its operands out of the caches. */
  readonly alone?: PartsAlone;
  /** What the layer's plan chose. */
  readonly plan: string;
  readonly demands: readonly Judged[];
  readonly verdict: Verdict;
}

/** Milliseconds of programs that do one part each. */
export interface PartsAlone {
  /** The product with the gate, which also counts among the layer's multiply-accumulates. */
  readonly gate: number;
  /** This product, choice and weights. */
  readonly routing: number;
  readonly sort: number;
  readonly scatter: number;
  /** The last three beside the whole layer. */
  readonly share: number;
}

/** The report of the suite. */
export interface MoeReport {
  readonly suite: 'moe';
  readonly machine: ReturnType<typeof machine>;
  readonly threads: number;
  readonly rows: readonly MoeRow[];
  readonly isComplete: boolean;
}

const threads = 2;
const large = { d: 1024, tokens: 2048, k: 2 } as const;

/** The sizes of the suite; the quick ones are a look. */
export const moeSizes: Readonly<Record<'full' | 'quick', readonly MoeSize[]>> = {
  full: [
    { device: 'wasm', ...large, experts: 16, work: 'forward' },
    { device: 'wasm', ...large, experts: 16, work: 'forward+backward' },
    { device: 'webgpu', ...large, experts: 16, work: 'forward' },
    ...(['forward', 'forward+backward'] as const).flatMap((work): MoeSize[] => [
      { device: 'wasm', ...large, experts: 8, work },
      { device: 'wasm', ...large, experts: 6, work },
      { device: 'wasm', d: 256, experts: 8, k: 2, tokens: 2048, work },
      { device: 'wasm', d: 64, experts: 16, k: 2, tokens: 1024, work },
    ]),
    { device: 'webgpu', d: 256, experts: 8, k: 2, tokens: 2048, work: 'forward' },
    { device: 'webgpu', ...large, experts: 16, work: 'forward+backward' },
  ],
  quick: [
    { device: 'wasm', d: 64, experts: 8, k: 2, tokens: 256, work: 'forward' },
    { device: 'wasm', d: 64, experts: 8, k: 2, tokens: 256, work: 'forward+backward' },
  ],
};

/**
 * Times mixtures of block tensor trains in their two forms, in turns so that whatever else the machine does falls on both, after comparing
 * what they give.
 */
export async function moeSuite(
  sizes: readonly MoeSize[],
  progress: (line: string) => void,
  samples = 16,
): Promise<MoeReport> {
  const devices = new Map<string, Device>();
  const rows: MoeRow[] = [];
  try {
    for (const size of sizes) {
      const device =
        devices.get(size.device) ?? (await openDevice(size.device, size.device === 'wasm' ? { threads } : {}));
      devices.set(size.device, device);
      setDefaultDevice(device);
      const row = await measured(size, samples, device);
      rows.push(row);
      progress(rowText(row));
    }
  } finally {
    for (const device of devices.values()) device.close();
  }
  return { suite: 'moe', machine: machine(), threads, rows, isComplete: rows.length === sizes.length };
}

async function measured(size: MoeSize, samples: number, device: Device): Promise<MoeRow> {
  const { d, experts, k, tokens, work } = size;
  const withGradients = work === 'forward+backward';
  const layer = await drawn(bttMoe({ experts, k }).realize(d, d), tokens);
  const plan = planExecution(
    layer.map.bank,
    tokens,
    { experts, k, tokensChoose: true, capacity: undefined },
    'gathered',
  );
  const [masked, gathered] = (['masked', 'gathered'] as const).map((execution) =>
    layerStep(bttMoe({ experts, k, execution }).realize(d, d), layer, withGradients),
  ) as [Step, Step];
  await assertSame(masked, gathered);
  const single = withGradients ? undefined : await partSteps(layer, plan.block);
  const steps = [
    masked,
    gathered,
    ...(single === undefined ? [] : [single.gate, single.routing, single.sort, single.scatter]),
  ];
  // a driver in software takes seconds for a call
  const turns = size.device === 'webgpu' ? Math.min(5, samples) : samples;
  const times = await inTurns(steps, turns);
  const best = times.map((own) => Math.min(...own));
  for (const step of steps) step.dispose();
  const inside = withGradients
    ? undefined
    : await partsInside(layer, plan.block, turns, size.device === 'webgpu' ? device : undefined);
  disposeAll(layer as Partial<Drawn>);
  const [maskedMilliseconds = Number.NaN, gatheredMilliseconds = Number.NaN, ...ofParts] = best;
  const [gate = Number.NaN, routing = Number.NaN, sort = Number.NaN, scatter = Number.NaN] = ofParts;
  const [ofMasked = [], ofGathered = []] = times;
  const speedup =
    size.device === 'webgpu' ? pairedRatio(ofMasked, ofGathered) : maskedMilliseconds / gatheredMilliseconds;
  const share = speedup / (experts / k);
  const alone = { gate, routing, sort, scatter, share: (routing + sort + scatter) / gatheredMilliseconds };
  const isStated = d === large.d && tokens === large.tokens && experts === 16;
  const demands = [
    judge({ level: 'must', quantity: 'masked ÷ gathered', better: 'higher', threshold: 1 }, speedup),
    ...(isStated ? [judge({ level: 'must', quantity: 'share of E/k', better: 'higher', threshold: 0.6 }, share)] : []),
    ...(isStated && inside !== undefined
      ? [
          judge(
            { level: 'must', quantity: 'routing, sort and scatter ÷ layer', better: 'lower', threshold: 0.15 },
            inside.profiledShare ?? inside.share,
          ),
        ]
      : []),
  ];
  return {
    ...size,
    maskedMilliseconds,
    gatheredMilliseconds,
    speedup,
    ideal: experts / k,
    share,
    ...(inside === undefined ? {} : { inside, alone }),
    plan: `${planExecution(layer.map.bank, tokens, { experts, k, tokensChoose: true, capacity: undefined })}`,
    demands,
    verdict: verdictOf(demands),
  };
}

/** Turns of the parts for one of the whole layer in both forms: they are compared within a turn, and a turn of them takes no longer. */
const turnsOfParts = 3;

/** @param profiled - the device, if its kernels take as long in a profile as they take otherwise */
async function partsInside(
  layer: Drawn,
  block: number,
  turns: number,
  profiled: Device | undefined,
): Promise<InsideLayer> {
  const { experts, k } = layer.map;
  // the plan might prefer the other form at this size
  const map = bttMoe({ experts, k, execution: 'gathered' }).realize(layer.map.in, layer.map.out);
  const parts = await layerParts({ ...layer, map }, block);
  const times = await timeParts(parts, turnsOfParts * turns);
  const share = profiled === undefined ? undefined : await profiledShare(profiled, parts, turnsOfParts * turns);
  for (const part of Object.values(parts)) part.dispose();
  return { ...insideLayer(times), ...(share === undefined ? {} : { profiledShare: share }) };
}

/** The times of each, one of a turn, after an untimed call. */
async function inTurns(steps: readonly Step[], samples: number): Promise<number[][]> {
  for (const step of steps) await step.run();
  const times: number[][] = steps.map(() => []);
  for (let turn = 0; turn < samples; turn++)
    for (const [i, step] of steps.entries()) {
      const start = performance.now();
      await step.run();
      times[i]?.push(performance.now() - start);
    }
  return times;
}

const number = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(2));

function rowText(row: MoeRow): string {
  const parts = [
    row.device.padEnd(6),
    `d ${row.d}, E ${row.experts}, k ${row.k}, ${row.tokens} tokens`.padEnd(32),
    row.work.padEnd(16),
    `masked ${number(row.maskedMilliseconds).padStart(8)} ms`,
    `gathered ${number(row.gatheredMilliseconds).padStart(8)} ms`,
    `${number(row.speedup).padStart(6)} × (${number(row.share)} of E/k)`,
    row.inside === undefined ? '' : insideText(row.inside),
    row.alone === undefined ? '' : aloneText(row.alone),
    row.verdict,
  ];
  return parts.filter((part) => part !== '').join('  ');
}

const insideText = ({ routing, order, sum, layer, share, profiledShare: ofKernels }: InsideLayer): string =>
  `routing ${number(routing)}, sort ${number(order)}, scatter ${number(sum)} of ${number(layer)} ms: ${number(share)} of the layer${ofKernels === undefined ? '' : `, ${number(ofKernels)} of its kernels`}`;

const aloneText = ({ gate, routing, sort, scatter, share }: PartsAlone): string =>
  `(alone: routing ${number(routing)}, of it the gate ${number(gate)}, sort ${number(sort)}, scatter ${number(scatter)} ms: ${number(share)})`;

/** The report as text. */
export const moeReportText = ({ rows, threads: count, machine: { cpu } }: MoeReport): string =>
  [`mixtures of block tensor trains, wasm with ${count} threads, ${cpu}`, ...rows.map(rowText)].join('\n');
