import { random } from '@einlab/einsum-core';
import { asInput, inputError } from '../command-error.ts';
import { createImageStudent } from './image-task.ts';
import { perceptronCost } from './perceptron-run.ts';
import type { ModelCost } from './result.ts';
import { type Settings, taskDefaults } from './settings.ts';
import type { RunSpec } from './spec.ts';
import { structureOf } from './structures.ts';
import { createStudent } from './teacher-task.ts';
import { createLabeledModel } from './text-model.ts';
import { textModelCost } from './text-task.ts';
import { nearestWidth, type WidthChoice } from './widths.ts';

/** The sizes that decide a model's cost, next to its structure and width. */
export type ModelSizes = Pick<Settings, 'task' | 'layers' | 'heads' | 'context'> & {
  readonly vocabulary: number;
  /** The dense widths whose cost others are to have; default those of the task. */
  readonly denseWidths?: readonly number[];
};

/** The exact cost of a model. Builds its description only. */
export function costOf(label: string, width: number, sizes: ModelSizes): ModelCost {
  const structure = structureOf(label);
  const key = random.key(0);
  if (sizes.task === 'images') return perceptronCost(createImageStudent(structure, { ...sizes, width }, key));
  return sizes.task === 'text'
    ? textModelCost(createLabeledModel(label, structure, { ...sizes, width }, key), { ...sizes, width })
    : perceptronCost(createStudent(structure, { ...sizes, width }, key));
}

/** Refuses a width that a structure cannot take. */
function assertWidth(label: string, width: number, sizes: ModelSizes): void {
  if (sizes.task === 'text' && width % sizes.heads !== 0) {
    throw inputError(
      `einlab compare: the width of ${label} is ${width}, which does not divide into ${sizes.heads} heads; expected a multiple of ${sizes.heads} (see --widths and --heads)`,
    );
  }
  asInput(`einlab compare: ${label} cannot take the width ${width}`, () => costOf(label, width, sizes));
}

/**
 * The widths of each structure: as asked for, or chosen so that the models cost about the same multiply-accumulates.
 *
 * @throws {CommandError} status 2, for a width that a structure cannot take, or a name that is not compared.
 */
export function chooseWidths(
  structures: readonly string[],
  choice: WidthChoice | undefined,
  sizes: ModelSizes,
): Readonly<Record<string, readonly number[]>> {
  const family = (label: string): string => label.split(':')[0] ?? label;
  const known = new Set(structures.flatMap((label) => [label, family(label)]));
  const stranger = Object.keys(choice?.of ?? {}).find((name) => !known.has(name));
  if (stranger !== undefined) {
    throw inputError(
      `einlab compare: --widths names ${JSON.stringify(stranger)}, which is not compared; expected names out of ${structures.join(', ')}`,
    );
  }
  const entries = structures.map((label): [string, readonly number[]] => {
    const asked = choice?.of[label] ?? choice?.of[family(label)] ?? choice?.all ?? [];
    const widths = asked.length > 0 ? asked : matchedWidths(label, sizes);
    for (const width of widths) assertWidth(label, width, sizes);
    return [label, [...widths].sort((a, b) => a - b)];
  });
  return Object.fromEntries(entries);
}

/** Widths at which a structure costs about as much as the task's dense models. */
function matchedWidths(label: string, sizes: ModelSizes): readonly number[] {
  const defaults = taskDefaults[sizes.task];
  const step = sizes.task === 'text' ? sizes.heads : 4;
  const measured = sizes.denseWidths === undefined ? defaults.widths[label] : undefined;
  if (measured?.every((width) => width % (sizes.task === 'text' ? sizes.heads : 1) === 0)) return measured;
  const cost = (of: string, width: number): number => costOf(of, width, sizes).macs;
  const dense = (sizes.denseWidths ?? defaults.denseWidths).map((width) =>
    cost('dense', Math.max(step, width - (width % step))),
  );
  return [...new Set(dense.map((target) => nearestWidth(target, step, (width) => cost(label, width))))];
}

/** Every run of a comparison, in the order of the table, seeds innermost. */
export function planRuns(settings: Settings, steps: number): readonly RunSpec[] {
  const rows = settings.structures.flatMap((structure) =>
    (settings.widths[structure] ?? []).map((width) => ({ structure, width, naiveRates: settings.naiveRates })),
  );
  return [...rows, ...naiveRows(settings)].flatMap((row) =>
    Array.from({ length: settings.seeds }, (_, i) => specOf(settings, row, settings.seed + i, steps)),
  );
}

/**
 * The teacher task also shows what structure-aware learning rates are worth: one row without them, for the widest
 * block tensor train, where they matter most.
 */
function naiveRows(settings: Settings): readonly Pick<RunSpec, 'structure' | 'width' | 'naiveRates'>[] {
  const structure = settings.structures.find((label) => label === 'btt' || label.startsWith('btt:'));
  const width = structure === undefined ? undefined : settings.widths[structure]?.at(-1);
  if (settings.task !== 'teacher' || settings.naiveRates || structure === undefined || width === undefined) return [];
  return [{ structure, width, naiveRates: true }];
}

/** One run of a comparison or of a search. */
export function specOf(
  settings: Settings,
  row: Pick<RunSpec, 'structure' | 'width' | 'naiveRates'>,
  seed: number,
  steps: number,
): RunSpec {
  const { batch, rate, layers, device, text } = settings;
  const warmup = Math.min(taskDefaults[settings.task].warmup, Math.ceil(steps / 10));
  const shared = { ...row, seed, steps, batch, rate, warmup, layers, device };
  if (settings.task === 'images') return { ...shared, task: 'images', imageSeed: settings.seed };
  if (settings.task === 'teacher') return { ...shared, task: 'teacher', teacherSeed: settings.seed };
  return {
    ...shared,
    task: 'text',
    context: settings.context,
    heads: settings.heads,
    vocabulary: text?.vocabulary ?? 0,
    textHash: text?.hash ?? '',
  };
}
