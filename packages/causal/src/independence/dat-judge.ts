import { type Tensor, tensor } from '@einlab/einsum-core';
import { foldIn, rngFromKey, splitKey } from '@einlab/numerics';
import { residualPermuter } from './conditional-permutation.ts';
import { type DatRun, takeBatch } from './dat-batches.ts';
import type { NetworkFamily } from './dat-network.ts';
import type { DatTask } from './dat-options.ts';
import type { Gates, Indices, Programs } from './dat-programs.ts';

/** Networks that are done, with the sets they are judged at. */
export interface Judged {
  readonly tasks: readonly DatTask[];
  readonly nets: NetworkFamily;
  readonly gates: Gates;
  readonly indices: Indices;
}

/** Rows that are judged together. */
const judgedTogether = 256;

/**
 * Loss without x less loss with x on the held-out rows, `f64[heldOut]` for each test.
 *
 * @param drawn - x to take in its place.
 */
export async function judge(
  programs: Programs,
  { tasks, nets, gates, indices }: Judged,
  { columns, split }: DatRun,
  drawn?: readonly Float64Array[],
): Promise<Float64Array[]> {
  const { heldOut } = split;
  const [, width] = indices.inputs.shape;
  const differences = tasks.map(() => new Float64Array(heldOut.length));
  for (let from = 0; from < heldOut.length; from += judgedTogether) {
    const rows = heldOut.subarray(from, from + judgedTogether);
    const batch = {
      columns: takeBatch(columns, rows),
      noise: tensor(new Float32Array(width * rows.length), { shape: [width, rows.length] }),
    };
    let kept: Tensor;
    if (drawn === undefined) kept = await programs.evaluate(nets, gates, indices, batch);
    else {
      const own = new Float32Array(tasks.length * rows.length);
      drawn.forEach((values, t) => {
        for (let i = 0; i < rows.length; i++) own[t * rows.length + i] = values[from + i];
      });
      const again = tensor(own, { shape: [tasks.length, 1, rows.length] });
      kept = await programs.evaluateDrawn(nets, gates, indices, batch, again);
    }
    const values = await kept.data();
    kept.dispose();
    for (let t = 0; t < tasks.length; t++) {
      for (let i = 0; i < rows.length; i++) differences[t][from + i] = values[t * rows.length + i];
    }
  }
  return differences;
}

/** A mean; 0 of nothing. */
export const meanOf = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** How often x, drawn again as if it did not act beyond the set, explains as much: a p-value for each test, where permutations are asked for. */
export async function permuted(
  programs: Programs,
  judged: Judged,
  run: DatRun,
  sets: readonly (readonly number[])[],
  differences: readonly Float64Array[],
): Promise<number[] | undefined> {
  const { permutations } = run.training;
  if (permutations === 0) return undefined;
  const pick = (j: number): Float64Array => Float64Array.from(run.split.heldOut, (row) => run.columns[j][row]);
  const { tasks } = judged;
  const permuters = tasks.map(({ x }, t) => residualPermuter(pick(x), sets[t].map(pick)));
  const [, , , own] = splitKey(run.key, 4);
  const atLeast = new Array<number>(tasks.length).fill(1);
  for (let round = 0; round < permutations; round++) {
    const drawn = permuters.map((draw, t) =>
      draw(rngFromKey(foldIn(foldIn(foldIn(own, round), tasks[t].x), tasks[t].y))),
    );
    const absent = await judge(programs, judged, run, drawn);
    absent.forEach((values, t) => {
      if (meanOf(values) >= meanOf(differences[t])) atLeast[t]++;
    });
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 0);
    });
  }
  return atLeast.map((count) => count / (permutations + 1));
}
