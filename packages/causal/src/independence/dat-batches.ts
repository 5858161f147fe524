import { evaluate, type Tensor, tensor } from '@einlab/einsum-core';
import { foldIn, type RandomKey, rngFromKey, splitKey, uniformInteger } from '@einlab/numerics';
import type { FullDatTraining } from './dat-options.ts';
import type { Batch } from './dat-programs.ts';
import { longTailedNoise } from './long-tailed-noise.ts';

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

/** Columns of some rows, then a row of zeros and a row of ones, `f32[node + 2, batch]`. */
export function takeBatch(columns: readonly Float32Array[], rows: ArrayLike<number>): Tensor {
  const count = rows.length;
  const values = new Float32Array((columns.length + 2) * count).fill(1, (columns.length + 1) * count);
  columns.forEach((column, j) => {
    for (let i = 0; i < count; i++) values[j * count + i] = column[rows[i]];
  });
  return tensor(values, { shape: [columns.length + 2, count] });
}

/** The batches of a training, one for each step, the same whatever tests it is for. */
export interface Batches {
  /** The batch of a step for families of these widths, kept; without noise where ψ is whole. */
  at(step: number, isNoisy: boolean): Promise<ReadonlyMap<number, Batch>>;
  /** Frees what `at` gave. */
  release(batches: ReadonlyMap<number, Batch>): void;
  dispose(): void;
}

/**
 * Draws rows and noise. The noise that hides the m-th variable of a blanket is the same for all families, so that a test does not depend on
 * what it is batched with.
 *
 * @param widths - of the families, padding included.
 */
export async function createBatches(
  { columns, split, key, training }: DatRun,
  widths: readonly number[],
): Promise<Batches> {
  const { batch } = training;
  const [, rowKey, noiseKey] = splitKey(key, 4);
  const distinct = [...new Set(widths)];
  const most = Math.max(...distinct);
  const silent = new Map<number, Tensor>();
  for (const width of distinct)
    silent.set(width, await evaluate(tensor(new Float32Array(width * batch), { shape: [width, batch] })));
  const isSilent = (noise: Tensor): boolean => [...silent.values()].includes(noise);
  return {
    async at(step, isNoisy) {
      const rng = rngFromKey(foldIn(rowKey, step));
      const rows = Int32Array.from({ length: batch }, () => split.training[uniformInteger(rng, split.training.length)]);
      const drawn = isNoisy ? longTailedNoise(foldIn(noiseKey, step), most * batch) : undefined;
      const noises = distinct.map((width) =>
        drawn === undefined ? undefined : tensor(drawn.subarray(0, width * batch), { shape: [width, batch] }),
      );
      const [kept, ...keptNoises] = await evaluate([
        takeBatch(columns, rows),
        ...noises.filter((each) => each !== undefined),
      ]);
      return new Map(
        distinct.map((width, at): [number, Batch] => [
          width,
          { columns: kept, noise: keptNoises[at] ?? silent.get(width) ?? kept },
        ]),
      );
    },
    release(batches) {
      const [first] = batches.values();
      first?.columns.dispose();
      for (const { noise } of batches.values()) if (!isSilent(noise)) noise.dispose();
    },
    dispose() {
      for (const noise of silent.values()) noise.dispose();
    },
  };
}
