import {
  datGraph,
  drawLinearModel,
  drawModel,
  erdosRenyi,
  fisherZ,
  type Graph,
  pc,
  simulate,
  standardizeTable,
  type Table,
} from '@einlab/causal';
import { createDatStep, type DatStepSize } from '@einlab/causal/testing';
import { openDevice, setDefaultDevice } from '@einlab/einsum-core';
import { keyFromSeed, rngFromKey } from '@einlab/numerics';
import type { Arguments } from '../../arguments.ts';
import { reasonOf } from '../../harness/contest.ts';
import { type Machine, machine } from '../../harness/machine.ts';
import { isTorch, torch } from '../../peers/torch.ts';
import { torchDatStep } from './torch-step.ts';

/** A measured work. */
export interface CausalRow {
  readonly name: string;
  readonly milliseconds?: number;
  /** Of PyTorch in eager mode on as many threads, where it was found and the work has one. */
  readonly torchMilliseconds?: number;
  readonly torch?: string;
  /** PyTorch's time over ours. */
  readonly ratio?: number;
  readonly limitMilliseconds?: number;
  readonly isWithin?: boolean;
  readonly failure?: string;
  readonly detail: string;
}

/** What the suite reports. */
export interface CausalReport {
  readonly suite: 'causal';
  readonly machine: Machine;
  readonly rows: readonly CausalRow[];
  readonly isComplete: boolean;
}

/** Data of `d` variables with two edges each. */
function dataOf(d: number, kind: 'linear' | 'mlp'): { truth: Graph; table: Table } {
  const truth = erdosRenyi(rngFromKey(keyFromSeed(1)), d, 2);
  const model = kind === 'linear' ? drawLinearModel(keyFromSeed(2), truth).model : drawModel(keyFromSeed(2), truth);
  return { truth, table: standardizeTable(simulate(keyFromSeed(3), model, { rows: 5000 }).table) };
}

async function shortest(times: number, work: () => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) {
    const began = performance.now();
    await work();
    best = Math.min(best, performance.now() - began);
  }
  return best;
}

/** Variables, and the tests and blankets that go with them: as many tests as a search trains together, at most. */
const stepSizes = [
  [10, 60, 7],
  [20, 150, 12],
  [50, 256, 15],
  [100, 256, 20],
] as const;

/** Shortest milliseconds of a step, in passes that take turns. */
async function stepRow(name: string, size: DatStepSize, threads: number, isQuick: boolean): Promise<CausalRow> {
  const detail = `${size.tests} tests, blankets of ${size.blanket}, ${size.layers} hidden layers of ${size.hidden}, ${size.batch} rows: one step of ψ and one of the networks, ${threads} threads`;
  setDefaultDevice(await openDevice('wasm', { threads }));
  const step = await createDatStep(size);
  const wanted = await step.explained();
  const runs = isQuick ? 10 : 40;
  try {
    for (let i = 0; i < 5; i++) await step.run();
    const own = async (): Promise<number> => {
      const began = performance.now();
      for (let i = 0; i < runs; i++) await step.run();
      return (performance.now() - began) / runs;
    };
    let best = await own();
    try {
      const peer = await torch(threads).open();
      try {
        if (!isTorch(peer)) throw new Error('PyTorch does not run pieces of Python');
        const prepared = await peer.prepare(torchDatStep(step));
        const got = await prepared.read();
        const worst = wanted.reduce((far, value, i) => Math.max(far, Math.abs(value - (got[i] ?? Number.NaN))), 0);
        if (!(worst < 1e-3)) throw new Error(`another result: it differs by ${worst}`);
        const timed = async (count: number): Promise<number> => (await prepared.time?.(count)) ?? Number.NaN;
        await timed(5);
        let theirs = Number.POSITIVE_INFINITY;
        for (let pass = 0; pass < (isQuick ? 4 : 12); pass++) {
          theirs = Math.min(theirs, (await timed(runs)) / runs);
          best = Math.min(best, await own());
        }
        prepared.dispose();
        return {
          name,
          milliseconds: best,
          torchMilliseconds: theirs,
          torch: peer.version,
          ratio: theirs / best,
          detail,
        };
      } finally {
        await peer.close();
      }
    } catch (error) {
      return { name, milliseconds: best, torch: reasonOf(error), detail };
    }
  } finally {
    step.dispose();
  }
}

/** Measures the searches against their limits, and the adjacency tests against PyTorch. */
export async function causalSuite(
  { quick, filter = '' }: Arguments,
  progress: (line: string) => void,
): Promise<CausalReport> {
  const limited = async (
    name: string,
    limitMilliseconds: number,
    detail: string,
    times: number,
    work: () => unknown,
  ): Promise<CausalRow> => {
    const milliseconds = await shortest(times, work);
    return { name, milliseconds, limitMilliseconds, isWithin: milliseconds <= limitMilliseconds, detail };
  };
  const size = (variables: number, tests: number, blanket: number): DatStepSize => ({
    tests,
    blanket,
    hidden: 16,
    layers: 1,
    batch: 128,
    variables,
  });
  const neural = async (d: number, limitMilliseconds: number): Promise<CausalRow> => {
    const { table } = dataOf(d, 'mlp');
    setDefaultDevice(await openDevice('wasm', { threads: 2 }));
    return limited(`dat-graph d=${d}`, limitMilliseconds, `5000 rows, ${2 * d} edges, neural, 2 threads`, 1, () =>
      datGraph(table, { key: keyFromSeed(4) }),
    );
  };
  const works: Readonly<Record<string, () => Promise<CausalRow>>> = {
    'pc d=100 linear': () => {
      const { truth, table } = dataOf(100, 'linear');
      return limited('pc d=100 linear', 500, '5000 rows, 200 edges, level 0.01', quick ? 2 : 5, () =>
        pc(fisherZ(table), truth.nodes),
      );
    },
    'pc d=100 nonlinear': () => {
      const { truth, table } = dataOf(100, 'mlp');
      return limited('pc d=100 nonlinear', 500, '5000 rows, 200 edges, level 0.01', quick ? 2 : 5, () =>
        pc(fisherZ(table), truth.nodes),
      );
    },
    'dat-lin d=100': () => {
      const { table } = dataOf(100, 'mlp');
      return limited('dat-lin d=100', 30_000, '5000 rows, 200 edges', 1, () =>
        datGraph(table, { key: keyFromSeed(4), test: 'linear' }),
      );
    },
    'dat-graph d=20': () => neural(20, 120_000),
    ...(quick ? {} : { 'dat-graph d=100': () => neural(100, 1_800_000) }),
    ...Object.fromEntries(
      stepSizes.flatMap(([d, tests, blanket]) =>
        [1, 2].map((threads): [string, () => Promise<CausalRow>] => {
          const name = `dat step d=${d}${threads === 1 ? '' : `, ${threads} threads`}`;
          return [name, () => stepRow(name, size(d, tests, blanket), threads, quick)];
        }),
      ),
    ),
  };
  const rows: CausalRow[] = [];
  for (const [name, work] of Object.entries(works)) {
    if (!name.includes(filter)) continue;
    progress(name);
    try {
      rows.push(await work());
    } catch (error) {
      rows.push({ name, failure: reasonOf(error), detail: '' });
    }
  }
  return {
    suite: 'causal',
    machine: machine(),
    rows,
    isComplete: rows.every(({ failure, isWithin }) => failure === undefined && isWithin !== false),
  };
}

const shown = (value: number | undefined): string =>
  value === undefined ? '' : value < 10 ? value.toFixed(2) : value.toFixed(0);

/** The report as lines. */
export function causalReportText({ machine: where, rows }: CausalReport): string {
  const lines = rows.map(
    ({ name, milliseconds, limitMilliseconds, torchMilliseconds, ratio, failure, torch: peer, detail }) =>
      failure !== undefined
        ? `${name.padEnd(26)} failed: ${failure}`
        : `${name.padEnd(26)} ${shown(milliseconds).padStart(8)} ms${limitMilliseconds === undefined ? '' : ` (limit ${limitMilliseconds})`}${torchMilliseconds === undefined ? (peer === undefined ? '' : ` PyTorch: ${peer}`) : `  PyTorch ${peer} ${shown(torchMilliseconds)} ms, ${(ratio ?? 0).toFixed(2)}×`}  ${detail}`,
  );
  return [`${where.cpu}, ${where.cores} cores, Node ${where.node}, load ${where.load.toFixed(1)}`, ...lines].join('\n');
}
