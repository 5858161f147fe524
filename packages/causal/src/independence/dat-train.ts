import { EinlabError, evaluate, type Tensor, tensor } from '@einlab/einsum-core';
import { type Batches, createBatches, type DatRun } from './dat-batches.ts';
import {
  disposeFamily,
  type Family,
  fitFamily,
  inFamilies,
  paddedWidth,
  playFamily,
  startFamily,
} from './dat-family.ts';
import { judge, meanOf, permuted } from './dat-judge.ts';
import type { DatOutcome, DatTask } from './dat-options.ts';
import type { Batch } from './dat-programs.ts';
import { compilePrograms, disposePrograms, gatesOf, type Programs } from './dat-programs.ts';

const traceEvery = 50;
/** Steps at the end of the game whose batches make up the soft statistic. */
const softWindow = 40;

/** What a training goes through, for all of its families. */
interface Session {
  readonly programs: Programs;
  readonly families: readonly Family[];
  readonly batches: Batches;
  readonly run: DatRun;
  /** Lets others work, stops where that is wanted, and reports, now and then. */
  readonly breathe: (step: number) => Promise<void>;
}

/** What x explained along the game, test by test. */
interface Played {
  readonly trace: readonly Float32Array[];
  readonly late: readonly Float32Array[];
}

/**
 * Some steps together, one group after the other, each for all families on the same batches.
 *
 * @param work - gets a batch for each step of the group.
 */
async function steps(
  { families, batches, breathe }: Session,
  { from, to, together, isNoisy }: { from: number; to: number; together: number; isNoisy: boolean },
  work: (family: Family, data: readonly Batch[], step: number, at: number) => Promise<void>,
): Promise<void> {
  for (let step = from; step < to; step += together) {
    await breathe(step);
    const drawn: ReadonlyMap<number, Batch>[] = [];
    try {
      for (let each = 0; each < together; each++) drawn.push(await batches.at(step + each, isNoisy));
      for (const [at, family] of families.entries()) {
        const own = drawn.map((data) => data.get(family.width)).filter((data) => data !== undefined);
        if (own.length === together) await work(family, own, step, at);
      }
    } finally {
      drawn.forEach(batches.release);
    }
  }
}

/** The game: ψ and the networks take turns. */
async function play(session: Session): Promise<Played[]> {
  const { programs, families, run } = session;
  const { gameSteps, roundingPenalty } = run.training;
  const played = families.map(() => ({ trace: [] as Float32Array[], late: [] as Float32Array[] }));
  const none = await evaluate(tensor(0));
  try {
    const rounds = { from: 0, to: gameSteps, together: 2, isNoisy: true };
    await steps(session, rounds, async (family, [first, second], step, at) => {
      const ramp = roundingPenalty === 0 ? none : tensor(roundingPenalty * Math.min(1, step / (0.6 * gameSteps)));
      const explained = await playFamily(programs, family, [first, second], ramp);
      const isLate = step >= gameSteps - 2 * softWindow;
      if (isLate || step % traceEvery === 0) {
        const values = Float32Array.from(await explained.data());
        if (step % traceEvery === 0) played[at].trace.push(values);
        if (isLate) played[at].late.push(values);
      }
      explained.dispose();
    });
  } finally {
    none.dispose();
  }
  return played;
}

/** What a family says given some sets, after fitting to them: what is left out is left out, no noise stands in for it. */
async function refit(session: Session, fixed: readonly Tensor[], from: number): Promise<void> {
  const { programs, run } = session;
  const { refitSteps } = run.training;
  await steps(session, { from, to: from + refitSteps, together: 1, isNoisy: false }, (family, [batch], _, at) =>
    fitFamily(programs, family, batch, fixed[at]),
  );
}

const judgedAt = (session: Session, fixed: readonly Tensor[], at: number) => {
  const { tasks, indices, now } = session.families[at];
  return { tasks, indices, nets: now.nets, gates: { theta: now.theta, fixed: fixed[at] } };
};

/** ψ as numbers, `f32[test, width]`. */
const psiOf = async ({ now, fixed }: Family): Promise<Float32Array> =>
  Float32Array.from(await gatesOf({ theta: now.theta, fixed }).data());

/** What the tests of one family found; the second certificate is added where there is one. */
function outcomesOf(
  { tasks, width }: Family,
  psi: Float32Array,
  { trace, late }: Played,
  differences: readonly Float64Array[],
  pValues: readonly number[] | undefined,
): DatOutcome[] {
  return tasks.map(({ z }, t) => {
    const own = Float64Array.from(z, (_, m) => psi[t * width + m]);
    return {
      psi: own,
      set: z.filter((_, m) => own[m] > 0.5),
      varianceExplained: meanOf(differences[t]),
      softVarianceExplained: meanOf(Float64Array.from(late, (each) => each[t])),
      differences: differences[t],
      trace: trace.map((each) => each[t]),
      ...(pValues === undefined ? {} : { pValue: pValues[t] }),
    };
  });
}

/** The game, a certificate at the rounded ψ, and one given all of z. */
async function certify(session: Session): Promise<DatOutcome[]> {
  const { programs, families, run } = session;
  const { gameSteps, refitSteps, whole } = run.training;
  const played = await play(session);
  const psis = await Promise.all(families.map(psiOf));
  const keptAs = (values: (at: number) => Float32Array): Promise<Tensor[]> =>
    Promise.all(families.map(({ tasks, width }, at) => evaluate(tensor(values(at), { shape: [tasks.length, width] }))));
  const hard = await keptAs((at) => psis[at].map((value) => (value > 0.5 ? 1 : 0)));
  const all = await keptAs((at) => new Float32Array(psis[at].length).fill(1));
  try {
    await refit(session, hard, gameSteps);
    const outcomes: DatOutcome[][] = [];
    for (const [at, family] of families.entries()) {
      const judged = judgedAt(session, hard, at);
      const differences = await judge(programs, judged, run);
      const sets = family.tasks.map(({ z }, t) => z.filter((_, m) => psis[at][t * family.width + m] > 0.5));
      const pValues = await permuted(programs, judged, run, sets, differences);
      outcomes.push(outcomesOf(family, psis[at], played[at], differences, pValues));
    }
    if (!whole) return outcomes.flat();
    await refit(session, all, gameSteps + refitSteps);
    for (const at of families.keys()) {
      const differences = await judge(programs, judgedAt(session, all, at), run);
      outcomes[at] = outcomes[at].map((outcome, t) => ({
        ...outcome,
        whole: { varianceExplained: meanOf(differences[t]), differences: differences[t] },
      }));
    }
    return outcomes.flat();
  } finally {
    for (const each of [...hard, ...all]) each.dispose();
  }
}

/**
 * Plays the game for some tests at once, rounds ψ, fits the networks again, and judges on held-out rows; then once more given all of z. The
 * tests do not see each other: whatever they are batched with, they find the same but for rounding.
 */
export async function trainDat(tasks: readonly DatTask[], run: DatRun): Promise<DatOutcome[]> {
  if (tasks.length === 0) return [];
  const { gameSteps, refitSteps, whole, rate } = run.training;
  const total = gameSteps + refitSteps * (whole ? 2 : 1);
  const programs = compilePrograms(rate);
  const families: Family[] = [];
  let batches: Batches | undefined;
  try {
    for (const part of inFamilies(tasks, ({ z }) => paddedWidth(z.length)))
      families.push(await startFamily(programs, part, run));
    batches = await createBatches(
      run,
      families.map(({ width }) => width),
    );
    return await certify({
      programs,
      families,
      batches,
      run,
      breathe: async (step) => {
        if (step % 20 !== 0) return;
        await new Promise<void>((resolve) => {
          setTimeout(resolve, 0);
        });
        if (run.signal?.aborted === true) throw new EinlabError('option', 'dat: stopped by its signal');
        run.onProgress?.(step / total);
      },
    });
  } finally {
    batches?.dispose();
    disposePrograms(programs);
    for (const family of families) disposeFamily(family);
  }
}
