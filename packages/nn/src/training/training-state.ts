import { EinlabError } from '@einlab/einsum-core';
import { loadNamed } from '../checkpoint/load-safetensors.ts';
import { restoreTree } from '../checkpoint/restore-tree.ts';
import { saveSafetensors } from '../checkpoint/save-safetensors.ts';
import type { OptimizerState } from '../optimizers/optimizer.ts';
import type { EvaluationRecord, LossRecord } from './train-options.ts';

/** Everything that the next step depends on, and what was recorded so far. */
export interface TrainingState<Params> {
  readonly params: Params;
  readonly optimizer: OptimizerState;
  readonly step: number;
  readonly seconds: number;
  readonly losses: readonly LossRecord[];
  readonly evaluations: readonly EvaluationRecord[];
}

const FORMAT = 'einlab-training-1';

/** What JSON has no number for, by its text: evaluations may be anything. */
const NOT_FINITE: ReadonlySet<unknown> = new Set(['NaN', 'Infinity', '-Infinity']);
const written = (_key: string, value: unknown): unknown => (NOT_FINITE.has(`${value}`) ? `${value}` : value);
const read = (_key: string, value: unknown): unknown => (NOT_FINITE.has(value) ? Number(value) : value);

/** Writes a state as one safetensors file; numbers keep all their digits. @throws {EinlabError} `file` */
export async function saveTrainingState<Params>(
  path: string,
  state: TrainingState<Params>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { params, optimizer, step, seconds, losses, evaluations } = state;
  await saveSafetensors(
    path,
    { params, optimizer },
    {
      exact: true,
      metadata: {
        ...metadata,
        format: FORMAT,
        progress: JSON.stringify({ step, seconds, losses, evaluations }, written),
      },
    },
  );
}

/**
 * Reads a state back.
 *
 * @param from - a path or the file's bytes
 * @param fresh - a state of the same model before the first step: says which tensors there must be
 * @throws {EinlabError} `file` when the file is damaged, is no checkpoint, or belongs to another model or optimizer
 */
export async function loadTrainingState<Params>(
  from: string | Uint8Array,
  fresh: TrainingState<Params>,
): Promise<TrainingState<Params>> {
  const source = typeof from === 'string' ? from : 'checkpoint';
  const { tensors, metadata } = await loadNamed(from, source, { halves: 'stored' });
  if (metadata['format'] !== FORMAT) {
    throw new EinlabError(
      'file',
      `${source}: the format is ${JSON.stringify(metadata['format'] ?? null)}; expected ${FORMAT}, a checkpoint that train wrote`,
      { source },
    );
  }
  return {
    ...readProgress(metadata['progress'] ?? '', source),
    params: restoreTree(fresh.params, tensors, 'params.'),
    optimizer: restoreTree(fresh.optimizer, tensors, 'optimizer.'),
  };
}

type Progress = Pick<TrainingState<unknown>, 'step' | 'seconds' | 'losses' | 'evaluations'>;

function readProgress(text: string, source: string): Progress {
  let value: unknown;
  try {
    value = JSON.parse(text, read);
  } catch {
    value = undefined;
  }
  if (isProgress(value)) return value;
  throw new EinlabError('file', `${source}: the record of progress is damaged: ${JSON.stringify(text.slice(0, 80))}`, {
    source,
  });
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

function isRecordsOf(names: readonly string[], value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (item: unknown) =>
        typeof item === 'object' &&
        item !== null &&
        names.every((name) => {
          const found = Object.entries(item).find(([key]) => key === name)?.[1];
          return name === 'value' ? typeof found === 'number' : isNumber(found);
        }),
    )
  );
}

function isProgress(value: unknown): value is Progress {
  return (
    typeof value === 'object' &&
    value !== null &&
    'step' in value &&
    Number.isSafeInteger(value.step) &&
    Number(value.step) >= 0 &&
    'seconds' in value &&
    isNumber(value.seconds) &&
    'losses' in value &&
    isRecordsOf(['step', 'loss'], value.losses) &&
    'evaluations' in value &&
    isRecordsOf(['step', 'value', 'seconds'], value.evaluations)
  );
}
