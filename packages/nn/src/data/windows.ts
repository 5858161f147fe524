import { EinlabError, type Tensor, tensor } from '@einlab/einsum-core';
import { foldIn, rngFromKey, uniformInteger } from '@einlab/numerics';

/** Sequences and what follows each of their positions. */
export interface SequenceBatch {
  /** `i32[batch, time]` */
  readonly inputs: Tensor;
  /** `i32[batch, time]`: targets[b, t] is the id after inputs[b, t]. */
  readonly targets: Tensor;
}

/** How long the sequences are, and how many of them make a batch. */
export interface WindowOptions {
  readonly batch: number;
  readonly time: number;
}

/**
 * Ids split by position: the last part is held out, so no window of one part overlaps the other.
 *
 * @param options - `heldOut`: the fraction held out, default 0.1
 * @throws {EinlabError} `option` when the fraction is not in (0, 1)
 */
export function splitByPosition(
  ids: Int32Array,
  options: { readonly heldOut?: number } = {},
): { readonly train: Int32Array; readonly heldOut: Int32Array } {
  const { heldOut = 0.1 } = options;
  if (!(heldOut > 0 && heldOut < 1)) {
    throw new EinlabError('option', `splitByPosition: heldOut is ${heldOut}; expected a fraction in (0, 1)`, {
      heldOut,
    });
  }
  const boundary = ids.length - Math.round(ids.length * heldOut);
  return { train: ids.slice(0, boundary), heldOut: ids.slice(boundary) };
}

/**
 * Batches of windows at random positions: the batch of a step depends on the key and the step alone.
 *
 * @param ids - `i32[position]`
 * @param key - of `random.key`, outside a compiled function
 * @returns the batch of a step, as `train` takes it
 * @throws {EinlabError} `data` when there are too few ids for one window, `option` for sizes below 1
 */
export function randomWindows(
  ids: Int32Array,
  key: Tensor,
  options: WindowOptions,
): (step: number) => Promise<SequenceBatch> {
  assertWindows('randomWindows', ids, options);
  return async (step) => {
    const [high = 0, low = 0] = await key.data();
    const rng = rngFromKey(foldIn([high, low], step));
    const starts = Array.from({ length: options.batch }, () => uniformInteger(rng, ids.length - options.time));
    return windowsAt(ids, starts, options.time);
  };
}

/**
 * Windows one after another from the start, without overlap of their targets: every id but the first is a target once, up to a rest
 * that fills no whole batch. For evaluation.
 *
 * @param options - `limit`: at most this many batches, spread evenly over the ids
 * @throws {EinlabError} `data` when there are too few ids for one batch, `option` for sizes below 1
 */
export function sequentialWindows(
  ids: Int32Array,
  options: WindowOptions & { readonly limit?: number },
): SequenceBatch[] {
  assertWindows('sequentialWindows', ids, options);
  const { batch, time, limit = Infinity } = options;
  const windows = Math.floor((ids.length - 1) / time);
  const batches = Math.min(limit, Math.floor(windows / batch));
  if (batches < 1) {
    throw new EinlabError(
      'data',
      `sequentialWindows: ${ids.length} ids make ${windows} windows of ${time}; expected at least one batch of ${batch}`,
      { ids: ids.length, windows, batch, time },
    );
  }
  const used = batches * batch;
  const start = (window: number): number => Math.floor((window * windows) / used) * time;
  return Array.from({ length: batches }, (_, b) =>
    windowsAt(
      ids,
      Array.from({ length: batch }, (_, i) => start(b * batch + i)),
      time,
    ),
  );
}

function windowsAt(ids: Int32Array, starts: readonly number[], time: number): SequenceBatch {
  const inputs = new Int32Array(starts.length * time);
  const targets = new Int32Array(starts.length * time);
  starts.forEach((start, row) => {
    inputs.set(ids.subarray(start, start + time), row * time);
    targets.set(ids.subarray(start + 1, start + time + 1), row * time);
  });
  const shape = [starts.length, time];
  return { inputs: tensor(inputs, { shape }), targets: tensor(targets, { shape }) };
}

function assertWindows(where: string, ids: Int32Array, { batch, time }: WindowOptions): void {
  for (const [name, value] of [
    ['batch', batch],
    ['time', time],
  ] as const) {
    if (!Number.isInteger(value) || value < 1) {
      throw new EinlabError('option', `${where}: ${name} is ${value}; expected a whole number ≥ 1`, { [name]: value });
    }
  }
  if (ids.length < time + 1) {
    throw new EinlabError(
      'data',
      `${where}: the text has ${ids.length} ids, too few for one window of ${time} and the id after it; give a longer text or shorter windows`,
      { ids: ids.length, time },
    );
  }
}
