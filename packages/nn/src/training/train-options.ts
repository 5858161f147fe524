import { EinlabError, type Tensor } from '@einlab/einsum-core';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { Schedule } from '../optimizers/schedule.ts';

/** A loss as it was read. */
export interface LossRecord {
  /** Steps made. */
  readonly step: number;
  /** Of the batch of the last of them, before its update. */
  readonly loss: number;
}

/** A result of `evaluate.run`. */
export interface EvaluationRecord {
  readonly step: number;
  readonly value: number;
  /** Training time until then. */
  readonly seconds: number;
}

/** What `onProgress` is told. */
export interface TrainProgress {
  /** Steps made. */
  readonly step: number;
  /** Steps of the whole run, where they are given. */
  readonly steps?: number;
  readonly loss: number;
  /** The rate of the last step. */
  readonly rate: number;
  /** Training time so far, evaluations and checkpoints left out; goes on where a resumed run stopped. */
  readonly seconds: number;
  /** Set when the parameters were evaluated at this step. */
  readonly evaluation?: number;
}

/** Where a run keeps the state that it can be resumed from. */
export interface TrainCheckpoint {
  /** Of a safetensors file, which is replaced as a whole. */
  readonly path: string;
  /** Steps between writes; default only at the end and on an abort. */
  readonly every?: number;
  /** Texts for the file's header, such as the settings of the run. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What a training run consists of. */
export interface TrainOptions<Params, Batch> {
  /** The loss of a batch, `f32[]`; pure, and without awaiting. */
  readonly loss: (params: Params, batch: Batch) => Tensor;
  /** A tree; its f32 tensors are trained, everything else passes through. The caller's tensors stay as they are. */
  readonly params: Params;
  /** The batch of a step; the same for the same step, or a resumed run differs. Tensors of the same shapes at every step. */
  readonly data: (step: number) => Batch | Promise<Batch>;
  readonly optimizer: Optimizer;
  /** Default the optimizer's rate at every step. */
  readonly schedule?: Schedule;
  /** Steps of the whole run, those before a resumption included. */
  readonly steps?: number;
  /** Ends the run after this much training time; with `steps`, whichever comes first. */
  readonly budgetSeconds?: number;
  /** Limits the global norm of the gradients. */
  readonly clip?: number;
  /** Called every so many steps and at the end; it must not dispose of the parameters. */
  readonly evaluate?: { readonly every?: number; readonly run: (params: Params) => Promise<number> };
  readonly checkpoint?: TrainCheckpoint;
  /** Steps between readings of the loss, which cost a round trip to the device; default 10. */
  readonly reportEvery?: number;
  readonly onProgress?: (progress: TrainProgress) => void;
  /** Ends the run after the step under way. */
  readonly signal?: AbortSignal;
  /** A checkpoint of this run: a path or the file's bytes. */
  readonly resumeFrom?: string | Uint8Array;
}

/** What a run leaves. */
export interface TrainResult<Params> {
  /** Kept tensors; they belong to the caller. */
  readonly params: Params;
  /** Steps made, those before a resumption included. */
  readonly step: number;
  readonly losses: readonly LossRecord[];
  readonly evaluations: readonly EvaluationRecord[];
  readonly seconds: number;
  /** The run was ended by the signal; the checkpoint, where one was asked for, can be resumed from. */
  readonly aborted: boolean;
}

/** Refuses options that make no run. */
export function assertTrainOptions<Params, Batch>({
  steps,
  budgetSeconds,
  reportEvery,
  checkpoint,
  evaluate,
}: TrainOptions<Params, Batch>): void {
  if (steps === undefined && budgetSeconds === undefined) {
    throw new EinlabError(
      'option',
      'train: neither steps nor budgetSeconds is given, so the run would never end; give one',
    );
  }
  if (budgetSeconds !== undefined && !(budgetSeconds > 0)) {
    throw new EinlabError('option', `train: budgetSeconds is ${budgetSeconds}; expected a number > 0`, {
      budgetSeconds,
    });
  }
  if (checkpoint !== undefined && !(typeof checkpoint.path === 'string' && checkpoint.path !== '')) {
    throw new EinlabError(
      'option',
      `train: checkpoint.path is ${JSON.stringify(checkpoint.path)}; expected the path of a file`,
      { path: checkpoint.path },
    );
  }
  const counts: Readonly<Record<string, readonly [value: number | undefined, least: number]>> = {
    steps: [steps, 0],
    reportEvery: [reportEvery, 1],
    'checkpoint.every': [checkpoint?.every, 1],
    'evaluate.every': [evaluate?.every, 1],
  };
  for (const [name, [value, least]] of Object.entries(counts)) {
    if (value !== undefined && (!Number.isInteger(value) || value < least)) {
      throw new EinlabError('option', `train: ${name} is ${value}; expected a whole number ≥ ${least}`, {
        [name]: value,
      });
    }
  }
}
