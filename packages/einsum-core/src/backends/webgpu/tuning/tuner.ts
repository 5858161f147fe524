import { contractionMacs, normalizeContraction, type NormalizedContraction } from '../../../kernels/contraction.ts';
import type { KernelCall } from '../../../kernels/kernel.ts';
import type { TunedChoices } from '../../../program/backend.ts';
import {
  type ContractionPlan,
  planContraction,
  planNamed,
  plansToMeasure,
  scheduleName,
  sumsAcrossLanes,
} from '../contraction/contraction-schedule.ts';
import type { Machine } from '../contraction/machine.ts';
import { shapeClass } from './shape-class.ts';

/** A contraction where its operands start, with a plan of the machine. */
export interface Trial {
  readonly kernel: NormalizedContraction;
  readonly offsets: readonly [left: number, right: number];
  readonly plan: ContractionPlan;
}

/** What a tuner works with. */
export interface TunerOptions {
  readonly machine: Machine;
  readonly adapter: string;
  /** Choices made before; those of another adapter are not used. */
  readonly known?: TunedChoices;
  /**
   * Milliseconds that the device takes for a trial, or undefined where it cannot be tried. Without it nothing is measured, and what is
   * not known already is planned by the model of the machine.
   */
  readonly measure?: (trial: Trial) => Promise<number | undefined>;
}

/** Chooses how contractions are computed: by measuring once what the model leaves open, and remembering it. */
export interface Tuner {
  /** Measures what the contractions of a program need and nobody knows yet. Never fails: what cannot be measured is left to the model. */
  prepare(calls: readonly KernelCall[]): Promise<void>;
  planOf(kernel: NormalizedContraction): ContractionPlan;
  choices(): TunedChoices;
}

/** Candidates for each class of shapes. */
const MOST_CANDIDATES = 6;
/** Times that each is measured; the shortest counts. */
const SAMPLES = 3;
/** Below so many multiply-accumulates a card is done before a clock could tell. */
const LEAST_MACS = 2 ** 20;

/** A tuner that knows what it is given. */
export function createTuner({ machine, adapter, known, measure }: TunerOptions): Tuner {
  const chosen = new Map<string, string>(known?.adapter === adapter ? Object.entries(known.contractions) : []);

  const measureClass = async (trial: Omit<Trial, 'plan'>): Promise<string | undefined> => {
    if (measure === undefined) return undefined;
    let best: string | undefined;
    let shortest = Number.POSITIVE_INFINITY;
    const candidates = plansToMeasure(trial.kernel, machine, MOST_CANDIDATES);
    if (candidates.length < 2) return undefined;
    for (const plan of candidates) {
      for (let sample = 0; sample < SAMPLES; sample++) {
        const milliseconds = await measure({ ...trial, plan });
        if (milliseconds === undefined) break;
        if (milliseconds < shortest) [best, shortest] = [scheduleName(plan.schedule), milliseconds];
      }
    }
    return best;
  };

  const prepareAll = async (calls: readonly KernelCall[]): Promise<void> => {
    for (const { kernel: call } of calls) {
      if (measure === undefined || call.kind !== 'contract') continue;
      const kernel = normalizeContraction(call.contraction);
      if (contractionMacs(kernel) < LEAST_MACS || sumsAcrossLanes(kernel, machine)) continue;
      const name = shapeClass(kernel);
      if (chosen.has(name)) continue;
      const [left, right] = call.offsets;
      const schedule = await measureClass({ kernel, offsets: kernel.swapped ? [right, left] : [left, right] });
      if (schedule !== undefined) chosen.set(name, schedule);
    }
  };

  /** Two trials at once would measure each other. */
  let last: Promise<void> = Promise.resolve();
  return {
    prepare(calls) {
      last = last.then(() => prepareAll(calls));
      return last;
    },
    planOf(kernel) {
      const name = chosen.get(shapeClass(kernel));
      const wanted = name === undefined ? undefined : planNamed(kernel, machine, name);
      return wanted ?? planContraction(kernel, machine);
    },
    choices: () => ({ adapter, contractions: Object.fromEntries([...chosen].sort(([a], [b]) => (a < b ? -1 : 1))) }),
  };
}
