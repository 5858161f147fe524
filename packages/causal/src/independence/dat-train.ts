import { EinlabError, evaluate, isTensor, type Tensor, tensor, treeLeaves } from '@einlab/einsum-core';
import { foldIn, type RandomKey, rngFromKey, splitKey, uniformInteger } from '@einlab/numerics';
import { residualPermuter } from './conditional-permutation.ts';
import { drawFamily } from './dat-network.ts';
import type { DatOutcome, DatTask, FullDatTraining } from './dat-options.ts';
import { type Batch, compilePrograms, gatesOf, type Indices, type Nets, type Programs } from './dat-programs.ts';
import { longTailedNoise } from './long-tailed-noise.ts';

/** Columns of some rows as a batch. */
function batchOf(
  columns: readonly Float32Array[],
  rows: ArrayLike<number>,
  noise: Float32Array,
  blanket: number,
): Batch {
  const count = rows.length;
  const values = new Float32Array((columns.length + 1) * count);
  columns.forEach((column, j) => {
    for (let i = 0; i < count; i++) values[j * count + i] = column[rows[i]];
  });
  return {
    columns: tensor(values, { shape: [columns.length + 1, count] }),
    noise: tensor(noise, { shape: [blanket, count] }),
  };
}

/** Padded positions of the tests' variables, and where ψ is fixed. */
function indicesOf(
  tasks: readonly DatTask[],
  blanket: number,
  padding: number,
): { indices: Indices; fixed: Float32Array } {
  const count = tasks.length;
  const z = new Int32Array(count * blanket).fill(padding);
  const fixed = new Float32Array(count * blanket);
  tasks.forEach((task, t) => {
    task.z.forEach((node, m) => {
      z[t * blanket + m] = node;
      fixed[t * blanket + m] = task.always?.includes(node) === true ? 1 : -1;
    });
  });
  const column = (pick: (task: DatTask) => number): Tensor =>
    tensor(Int32Array.from(tasks, pick), { shape: [count, 1], dtype: 'i32' });
  return {
    indices: {
      z: tensor(z, { shape: [count, blanket], dtype: 'i32' }),
      x: column(({ x }) => x),
      y: column(({ y }) => y),
    },
    fixed,
  };
}

/** Rows for training and for judging. */
export interface RowSplit {
  readonly training: Int32Array;
  readonly heldOut: Int32Array;
}

/** What a family of tests is run with besides its tasks. */
export interface DatRun {
  /** Z-scored columns, `f32[sample]` each. */
  readonly columns: readonly Float32Array[];
  readonly split: RowSplit;
  readonly key: RandomKey;
  readonly training: FullDatTraining;
  readonly signal?: AbortSignal | undefined;
  /** Called with the share that is done. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

const traceEvery = 50;
/** Steps at the end of the game whose batches make up the soft statistic. */
const softWindow = 40;

/** Lets timers and signals through. */
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 0);
  });

/** Networks that are done, with the sets they are judged at. */
interface Judged {
  readonly nets: Nets;
  readonly psi: Tensor;
  readonly indices: Indices;
}

/** Rows that are judged together. */
const judgedTogether = 256;

/**
 * Loss without x less loss with x on the held-out rows, `f64[heldOut]` for each test.
 *
 * @param drawn - x to take in its place.
 */
async function judge(
  programs: Programs,
  { nets, psi, indices }: Judged,
  tasks: readonly DatTask[],
  { columns, split }: DatRun,
  blanket: number,
  drawn?: readonly Float64Array[],
): Promise<Float64Array[]> {
  const { heldOut } = split;
  const differences = tasks.map(() => new Float64Array(heldOut.length));
  for (let from = 0; from < heldOut.length; from += judgedTogether) {
    const rows = heldOut.subarray(from, from + judgedTogether);
    const batch = batchOf(columns, rows, new Float32Array(blanket * rows.length), blanket);
    let kept: Tensor;
    if (drawn === undefined) kept = await programs.evaluate(nets, psi, indices, batch);
    else {
      const own = new Float32Array(tasks.length * rows.length);
      drawn.forEach((values, t) => {
        for (let i = 0; i < rows.length; i++) own[t * rows.length + i] = values[from + i];
      });
      kept = await programs.evaluateDrawn(
        nets,
        psi,
        indices,
        batch,
        tensor(own, { shape: [tasks.length, 1, rows.length] }),
      );
    }
    const values = await kept.data();
    kept.dispose();
    for (let t = 0; t < tasks.length; t++) {
      for (let i = 0; i < rows.length; i++) differences[t][from + i] = values[t * rows.length + i];
    }
  }
  return differences;
}

const meanOf = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** How often x, drawn again as if it did not act beyond the set, explains as much: a p-value for each test, where permutations are asked for. */
async function permuted(
  programs: Programs,
  judged: Judged,
  tasks: readonly DatTask[],
  run: DatRun,
  blanket: number,
  psi: Float32Array,
  differences: readonly Float64Array[],
): Promise<number[] | undefined> {
  const { permutations } = run.training;
  if (permutations === 0) return undefined;
  const pick = (j: number): Float64Array => Float64Array.from(run.split.heldOut, (row) => run.columns[j][row]);
  const permuters = tasks.map(({ x, z }, t) => {
    const set = z.filter((_, m) => psi[t * blanket + m] > 0.5);
    return residualPermuter(pick(x), set.map(pick));
  });
  const [, , , own] = splitKey(run.key, 4);
  const atLeast = new Array<number>(tasks.length).fill(1);
  for (let round = 0; round < permutations; round++) {
    const drawn = permuters.map((draw, t) =>
      draw(rngFromKey(foldIn(foldIn(foldIn(own, round), tasks[t].x), tasks[t].y))),
    );
    const absent = await judge(programs, judged, tasks, run, blanket, drawn);
    absent.forEach((values, t) => {
      if (meanOf(values) >= meanOf(differences[t])) atLeast[t]++;
    });
    await turn();
  }
  return atLeast.map((count) => count / (permutations + 1));
}

/** One test's part of what the family found. */
function outcomeOf(
  { z }: DatTask,
  gates: Float32Array,
  softVarianceExplained: number,
  differences: Float64Array,
  trace: readonly number[],
  whole: Float64Array | undefined,
  pValue: number | undefined,
): DatOutcome {
  const psi = Float64Array.from(z, (_, m) => gates[m]);
  return {
    psi,
    set: z.filter((_, m) => psi[m] > 0.5),
    varianceExplained: meanOf(differences),
    softVarianceExplained,
    differences,
    trace,
    ...(whole === undefined ? {} : { whole: { varianceExplained: meanOf(whole), differences: whole } }),
    ...(pValue === undefined ? {} : { pValue }),
  };
}

/** Networks, ψ = ½ and the optimizers' memories before the first step, all kept. */
async function startFamily(
  programs: Programs,
  tasks: readonly DatTask[],
  { columns, key, training }: DatRun,
  blanket: number,
) {
  const { hidden, layers } = training;
  const tests = tasks.length;
  const { indices: lazy, fixed: fixedValues } = indicesOf(tasks, blanket, columns.length);
  const [drawKey] = splitKey(key, 4);
  const sizes = tasks.map(({ z }) => z.length);
  const keysOf = (which: number): RandomKey[] => tasks.map(({ x, y }) => foldIn(foldIn(foldIn(drawKey, which), x), y));
  const indices = await evaluate(lazy);
  const fixed = await evaluate(tensor(fixedValues, { shape: [tests, blanket] }));
  const family = (which: number, more: number): ReturnType<typeof drawFamily> =>
    drawFamily(
      keysOf(which),
      sizes.map((size) => size + more),
      { width: blanket + more, hidden, layers, outputs: 2 },
    );
  const nets = await evaluate({ without: family(0, 0), with: family(1, 1) });
  const state = await evaluate(programs.networks.init(nets));
  const theta = await evaluate(tensor(new Float32Array(tests * blanket), { shape: [tests, blanket] }));
  const gateState = await evaluate(programs.gates.init(theta));
  return { indices, fixed, nets, state, theta, gateState };
}

/**
 * Plays the game for some tests at once, rounds ψ, fits the networks again, and judges on held-out rows; then once more given all of z. The tests do not see each other:
 * whatever they are batched with, they find the same but for rounding.
 */
export async function trainDat(tasks: readonly DatTask[], run: DatRun): Promise<DatOutcome[]> {
  const { columns, split, key, training, signal } = run;
  const { batch, gameSteps, refitSteps, rate, roundingPenalty } = training;
  const tests = tasks.length;
  const blanket = Math.max(1, ...tasks.map(({ z }) => z.length));
  const [, rowKey, noiseKey] = splitKey(key, 4);
  const programs = compilePrograms(rate);
  const { indices, fixed, ...start } = await startFamily(programs, tasks, run, blanket);
  let { nets, state, theta, gateState } = start;
  let [hard, all]: (Tensor | undefined)[] = [];
  const nextBatch = (step: number): Batch => {
    const rng = rngFromKey(foldIn(rowKey, step));
    const rows = Int32Array.from({ length: batch }, () => split.training[uniformInteger(rng, split.training.length)]);
    return batchOf(columns, rows, longTailedNoise(foldIn(noiseKey, step), blanket * batch), blanket);
  };
  const total = gameSteps + refitSteps * (run.training.whole ? 2 : 1);
  const breathe = async (step: number): Promise<void> => {
    if (step % 20 !== 0) return;
    await turn();
    if (signal?.aborted === true) throw new EinlabError('option', 'dat: stopped by its signal');
    run.onProgress?.(step / total);
  };
  const trace: Float32Array[] = [];
  const late: Float32Array[] = [];
  try {
    for (let step = 0; step < gameSteps; step++) {
      await breathe(step);
      const data = nextBatch(step);
      if (step % 2 === 1) {
        const psi = await evaluate(gatesOf(theta, fixed));
        ({ params: nets, state } = await programs.fit(nets, state, psi, indices, data));
        psi.dispose();
        continue;
      }
      const ramp = roundingPenalty * Math.min(1, step / (0.6 * gameSteps));
      const chosen = await programs.choose(theta, gateState, nets, fixed, tensor(ramp), indices, data);
      ({ params: theta, state: gateState } = chosen);
      const isLate = step >= gameSteps - 2 * softWindow;
      if (isLate || step % traceEvery === 0) {
        const explained = Float32Array.from(await chosen.explained.data());
        if (step % traceEvery === 0) trace.push(explained);
        if (isLate) late.push(explained);
      }
      chosen.explained.dispose();
    }
    const psi = Float32Array.from(await gatesOf(theta, fixed).data());
    hard = await evaluate(
      tensor(
        psi.map((value) => (value > 0.5 ? 1 : 0)),
        { shape: [tests, blanket] },
      ),
    );
    // What is left out is left out: no noise stands in for it any more.
    const refit = async (given: Tensor, from: number): Promise<Judged> => {
      for (let step = from; step < from + refitSteps; step++) {
        await breathe(step);
        const data = {
          ...nextBatch(step),
          noise: tensor(new Float32Array(blanket * batch), { shape: [blanket, batch] }),
        };
        ({ params: nets, state } = await programs.fit(nets, state, given, indices, data));
      }
      return { nets, psi: given, indices };
    };
    const judged = await refit(hard, gameSteps);
    const differences = await judge(programs, judged, tasks, run, blanket);
    const pValues = await permuted(programs, judged, tasks, run, blanket, psi, differences);
    let whole: Float64Array[] | undefined;
    if (run.training.whole) {
      const members = tasks.flatMap(({ z }) => Array.from({ length: blanket }, (_, m) => (m < z.length ? 1 : 0)));
      all = await evaluate(tensor(Float32Array.from(members), { shape: [tests, blanket] }));
      whole = await judge(programs, await refit(all, gameSteps + refitSteps), tasks, run, blanket);
    }
    const soft =
      late.length === 0
        ? new Float64Array(tests)
        : Float64Array.from({ length: tests }, (_, t) => meanOf(Float64Array.from(late, (each) => each[t])));
    return tasks.map((task, t) =>
      outcomeOf(
        task,
        psi.subarray(t * blanket, (t + 1) * blanket),
        soft[t],
        differences[t],
        trace.map((values) => values[t]),
        whole?.[t],
        pValues?.[t],
      ),
    );
  } finally {
    for (const each of [programs.fit, programs.choose, programs.evaluate, programs.evaluateDrawn]) each.dispose();
    for (const leaf of treeLeaves([nets, state, theta, gateState, indices, fixed, hard, all]))
      if (isTensor(leaf)) leaf.dispose();
  }
}
