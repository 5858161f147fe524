// The runs behind docs/reproductions/dat-graph.md, one JSON line each; runs that the file holds already are left out:
//   node --conditions=source apps/bench/src/suites/causal/reproduce.ts FILE [NAME[/METHOD]…]
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import {
  averagePrecision,
  cpdagHamming,
  type DatGraphOptions,
  type Discovery,
  datGraph,
  drawLinearModel,
  drawModel,
  erdosRenyi,
  fisherZ,
  type Graph,
  gaussianBic,
  ges,
  notears,
  orientationScores,
  pc,
  precisionRecallCurve,
  type Simulated,
  sdcd,
  simulate,
  skeletonPairs,
  skeletonScores,
  sortAndRegress,
  sortabilities,
  standardizeTable,
  structuralHamming,
  type Table,
} from '@einlab/causal';
import { foldIn, keyFromSeed, type RandomKey, rngFromKey } from '@einlab/numerics';

/** Data of one run. */
interface Setting {
  readonly d: number;
  readonly perNode: number;
  readonly rows: number;
  readonly kind: 'mlp' | 'linear';
  readonly noiseScale?: number;
  /** Share of the variables that are intervened on, 500 rows each. */
  readonly intervened?: number;
}

interface Data extends Simulated {
  readonly truth: Graph;
  readonly scored: Table;
}

function draw(setting: Setting, seed: number): Data {
  const part = (at: number): RandomKey => foldIn(keyFromSeed(seed), at);
  const [graphKey, modelKey, dataKey] = [part(0), part(1), part(2)];
  const rng = rngFromKey(graphKey);
  const truth = erdosRenyi(rng, setting.d, setting.perNode);
  const model =
    setting.kind === 'linear'
      ? drawLinearModel(modelKey, truth).model
      : drawModel(modelKey, truth, setting.noiseScale === undefined ? {} : { noiseScale: setting.noiseScale });
  const count = Math.floor((setting.intervened ?? 0) * setting.d);
  const experiments = truth.nodes.slice(0, count).map((name) => ({ targets: [name], rows: 500 }));
  const simulated = simulate(dataKey, model, { rows: setting.rows, experiments });
  return { ...simulated, truth, scored: standardizeTable(simulated.table) };
}

/** Figures of a result. */
function figures(truth: Graph, found: Discovery): Record<string, number> {
  const [skeleton, direction] = [skeletonScores(truth, found.graph), orientationScores(truth, found.graph)];
  return {
    skeletonPrecision: skeleton.precision,
    skeletonRecall: skeleton.recall,
    skeletonF1: skeleton.f1,
    directionF1: direction.f1,
    shd: structuralHamming(truth, found.graph),
    cpdagShd: cpdagHamming(truth, found.graph),
    warnings: found.warnings.length,
  };
}

/** Average precision and best F1 of the adjacency scores. */
function ranking(truth: Graph, scores: Float64Array): Record<string, number> {
  const { scores: values, isEdge } = skeletonPairs(truth, scores);
  const best = precisionRecallCurve(values, isEdge).reduce((a, b) => (b.f1 > a.f1 ? b : a));
  return { averagePrecision: averagePrecision(values, isEdge), bestF1: best.f1, bestThreshold: best.threshold };
}

type Method = (data: Data, seed: number) => Promise<Record<string, number>> | Record<string, number>;

/** Finished tests, a file each in a folder beside the results: an interrupted run goes on, and the two orientations share them. */
function checkpointIn(folder: string): NonNullable<DatGraphOptions['checkpoint']> {
  const path = (name: string): string => join(folder, `${name}.json`);
  return {
    read: async (name) => (existsSync(path(name)) ? readFileSync(path(name), 'utf8') : undefined),
    write: async (name, text) => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(`${path(name)}.part`, text);
      renameSync(`${path(name)}.part`, path(name));
    },
  };
}
const checkpoint = checkpointIn(`${process.argv[2] ?? 'results'}.state`);

/** What a search is at, each time that it is a twentieth further. */
function reporter(): NonNullable<DatGraphOptions['onProgress']> {
  let last = '';
  return ({ phase, fraction }) => {
    const line = `${phase} ${Math.floor(20 * fraction) * 5} %`;
    if (line !== last) process.stderr.write(`${line}\n`);
    last = line;
  };
}

const neural =
  (options: Omit<DatGraphOptions, 'key'>): Method =>
  async ({ scored, truth, interventions }, seed) => {
    const withRegimes = interventions.regimes.length > 1 ? { interventions } : {};
    const found = await datGraph(scored, {
      key: keyFromSeed(1000 + seed),
      checkpoint,
      chunk: 192,
      onProgress: reporter(),
      ...withRegimes,
      ...options,
    });
    const skeleton: Graph = { kind: 'pdag', nodes: truth.nodes, edges: found.skeleton };
    const tested = skeletonScores(truth, skeleton);
    return {
      ...figures(truth, found),
      testedPrecision: tested.precision,
      testedRecall: tested.recall,
      testedF1: tested.f1,
      ...ranking(truth, found.skeletonScores),
      pairs: found.pairs.length,
    };
  };

/** A search that a thousand variables can be given. */
const small = {
  training: { batch: 64, gameSteps: 600, refitSteps: 300, rate: 6e-3 },
  maxBlanket: 24,
} as const;

const methods: Readonly<Record<string, Method>> = {
  pc: ({ scored, truth }) => figures(truth, pc(fisherZ(scored), truth.nodes)),
  ges: ({ scored, truth }) => figures(truth, ges(gaussianBic(scored), truth.nodes)),
  notears: ({ scored, truth }) => figures(truth, notears(scored)),
  'notears-raw': ({ table, truth }) => figures(truth, notears(table)),
  sortnregress: ({ scored, truth }) => figures(truth, sortAndRegress(scored)),
  'sortnregress-raw': ({ table, truth }) => figures(truth, sortAndRegress(table)),
  sortability: ({ table, scored, truth }) => {
    const [raw, standard] = [sortabilities(truth, table), sortabilities(truth, scored)];
    return { varianceRaw: raw.variance, varianceScored: standard.variance, rSquared: raw.rSquared };
  },
  sdcd: async ({ scored, truth, interventions }, seed) => {
    const withRegimes = interventions.regimes.length > 1 ? { interventions } : {};
    return figures(truth, await sdcd(scored, { key: keyFromSeed(1000 + seed), ...withRegimes }));
  },
  'dat-lin': neural({ test: 'linear' }),
  dat: neural({}),
  'dat-hybrid': neural({ orientation: 'hybrid' }),
  'dat-additive': neural({ neighborhoods: 'additive' }),
  'dat-small': neural({ ...small, neighborhoodFit: { steps: 800, batch: 128 } }),
  'dat-screened': neural({ ...small, neighborhoods: 'additive' }),
};

const nonlinear = (d: number): Setting => ({ d, perNode: 2, rows: 5000, kind: 'mlp' });
const classical = ['sortability', 'pc', 'ges', 'notears', 'sortnregress'];

/** Groups of runs by name: a setting, seeds, methods. */
const groups: Readonly<Record<string, { setting: Setting; seeds: readonly number[]; methods: readonly string[] }>> = {
  nonlinear10: {
    setting: nonlinear(10),
    seeds: [101, 102, 103],
    methods: [...classical, 'sdcd', 'dat-lin', 'dat', 'dat-hybrid'],
  },
  nonlinear20: {
    setting: nonlinear(20),
    seeds: [101, 102, 103],
    methods: [...classical, 'sdcd', 'dat-lin', 'dat', 'dat-hybrid'],
  },
  nonlinear50: {
    setting: nonlinear(50),
    seeds: [101, 102, 103],
    methods: [...classical, 'sdcd', 'dat-lin', 'dat', 'dat-hybrid'],
  },
  notebook: {
    setting: { d: 30, perNode: 2, rows: 10_000, kind: 'mlp', noiseScale: 1, intervened: 0.25 },
    seeds: [101, 102, 103],
    methods: ['sortability', 'pc', 'dat', 'dat-hybrid', 'sdcd'],
  },
  linear10: {
    setting: { d: 10, perNode: 1, rows: 1000, kind: 'linear' },
    seeds: [101, 102, 103],
    methods: ['sortability', 'pc', 'notears-raw', 'notears', 'sortnregress-raw', 'sortnregress'],
  },
  linear20: {
    setting: { d: 20, perNode: 1, rows: 1000, kind: 'linear' },
    seeds: [101, 102, 103],
    methods: ['sortability', 'pc', 'notears-raw', 'notears', 'sortnregress-raw', 'sortnregress'],
  },
  linear50: { setting: { d: 50, perNode: 1, rows: 1000, kind: 'linear' }, seeds: [101, 102, 103], methods: ['pc'] },
  linear100: { setting: { d: 100, perNode: 1, rows: 1000, kind: 'linear' }, seeds: [101, 102, 103], methods: ['pc'] },
  scale100: { setting: nonlinear(100), seeds: [101], methods: ['pc', 'dat-lin', 'dat-screened', 'dat-small', 'dat'] },
  scale300: { setting: nonlinear(300), seeds: [101], methods: ['pc', 'dat-lin', 'dat-screened', 'dat-small'] },
  scale1000: { setting: nonlinear(1000), seeds: [101], methods: ['dat-lin', 'dat-screened', 'dat-small', 'dat', 'pc'] },
};

async function main([file, ...names]: readonly string[]): Promise<void> {
  if (file === undefined) throw new Error('expected: FILE [NAME[/METHOD]…]');
  const known = existsSync(file)
    ? readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .filter((line) => line !== '')
    : [];
  const done = new Set(known.map((line) => (JSON.parse(line) as { run: string }).run));
  for (const name of names.length > 0 ? names : Object.keys(groups)) {
    const [groupName = '', only] = name.split('/');
    const group = groups[groupName];
    if (group === undefined)
      throw new Error(`there is no group ${groupName}; expected ${Object.keys(groups).join(', ')}`);
    for (const seed of group.seeds) {
      for (const method of group.methods) {
        if (only !== undefined && method !== only) continue;
        const run = `${groupName} ${method} ${seed}`;
        if (done.has(run)) continue;
        const data = draw(group.setting, seed);
        const [began, cpuBefore] = [performance.now(), process.cpuUsage()];
        const found = await methods[method]?.(data, seed);
        const cpu = process.cpuUsage(cpuBefore);
        const line = {
          run,
          group: groupName,
          method,
          seed,
          ...found,
          seconds: (performance.now() - began) / 1000,
          cpuSeconds: (cpu.user + cpu.system) / 1e6,
          peakMegabytes: process.resourceUsage().maxRSS / 1024,
          cores: cpus().length,
        };
        appendFileSync(file, `${JSON.stringify(line)}\n`);
        console.log(JSON.stringify(line));
      }
    }
  }
}

await main(process.argv.slice(2));
