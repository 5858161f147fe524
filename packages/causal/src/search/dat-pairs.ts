import { foldIn, type RandomKey } from '@einlab/numerics';
import type { DatOutcome, DatTask, FullDatTraining } from '../independence/dat-options.ts';
import { type RowSplit, trainDat } from '../independence/dat-train.ts';
import { assertNotAborted, type SearchControl } from './discovery.ts';

/** Where finished chunks of tests are kept, so that a search goes on where it stopped. */
export interface DatCheckpoint {
  /** What was written under a name, if anything. */
  read(name: string): Promise<string | undefined>;
  write(name: string, text: string): Promise<void>;
}

/** How tests are dealt out. */
export interface DatPairsOptions extends SearchControl {
  readonly columns: readonly Float32Array[];
  readonly split: RowSplit;
  readonly key: RandomKey;
  readonly training: FullDatTraining;
  /** Tests that are trained together. */
  readonly chunk: number;
  readonly checkpoint?: DatCheckpoint | undefined;
}

/** A short name for what a chunk's numbers depend on (FNV-1a over its JSON, 2 × 32 bits). */
function nameOf(value: unknown): string {
  const text = JSON.stringify(value);
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(i), 0x85ebca6b) ^ (b >>> 13);
  }
  return `${(a >>> 0).toString(16)}${(b >>> 0).toString(16)}`;
}

/** A sample of the data that tells one table from another. */
const fingerprint = (columns: readonly Float32Array[]): readonly number[] =>
  columns.map((column) => column.reduce((sum, value, i) => sum + value * Math.sin(1 + i), 0));

interface StoredOutcome {
  readonly psi: readonly number[];
  readonly set: readonly number[];
  readonly varianceExplained: number;
  readonly softVarianceExplained: number;
  readonly differences: readonly number[];
  readonly trace: readonly number[];
  readonly pValue?: number;
}

const stored = (outcomes: readonly DatOutcome[]): string =>
  JSON.stringify(
    outcomes.map((each): StoredOutcome => ({ ...each, psi: [...each.psi], differences: [...each.differences] })),
  );

const restored = (text: string): DatOutcome[] =>
  (JSON.parse(text) as StoredOutcome[]).map((each) => ({
    ...each,
    psi: Float64Array.from(each.psi),
    differences: Float64Array.from(each.differences),
  }));

/**
 * All tests, chunk by chunk: tests with equally large blankets go together, since a family is padded to its largest. A finished chunk is
 * written down before the next begins, and read back when the same search is started again.
 */
export async function runDatPairs(tasks: readonly DatTask[], options: DatPairsOptions): Promise<DatOutcome[]> {
  const { columns, split, key, training, chunk, checkpoint, signal, onProgress } = options;
  const order = tasks.map((_, t) => t).sort((a, b) => tasks[a].z.length - tasks[b].z.length || a - b);
  const outcomes = new Array<DatOutcome>(tasks.length);
  const data = checkpoint === undefined ? [] : fingerprint(columns);
  for (let from = 0; from < order.length; from += chunk) {
    assertNotAborted(signal);
    const members = order.slice(from, from + chunk);
    const own = members.map((t) => tasks[t]);
    const name = nameOf({ own, key, training, data, rows: split.training.length });
    const known = await checkpoint?.read(name);
    const report = (share: number): void =>
      onProgress?.({ phase: `${tasks.length} adjacency tests`, fraction: (from + share * own.length) / tasks.length });
    const found =
      known === undefined
        ? await trainDat(own, { columns, split, key: foldIn(key, 1), training, signal, onProgress: report })
        : restored(known);
    if (known === undefined) await checkpoint?.write(name, stored(found));
    members.forEach((t, at) => {
      outcomes[t] = found[at];
    });
    report(1);
  }
  return outcomes;
}
