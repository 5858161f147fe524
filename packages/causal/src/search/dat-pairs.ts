import { foldIn, type RandomKey } from '@einlab/numerics';
import type { RowSplit } from '../independence/dat-batches.ts';
import type { Certificate, DatOutcome, DatTask, FullDatTraining } from '../independence/dat-options.ts';
import { trainDat } from '../independence/dat-train.ts';
import { assertNotAborted, type SearchControl } from './discovery.ts';
import { type DatCheckpoint, fingerprint, nameOf, packed, unpacked } from './search-checkpoint.ts';

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

interface StoredCertificate {
  readonly varianceExplained: number;
  readonly differences: string;
}

/** An outcome as it is written down. */
interface StoredOutcome extends Omit<DatOutcome, 'psi' | 'differences' | 'whole'>, StoredCertificate {
  readonly psi: readonly number[];
  readonly whole?: StoredCertificate;
}

const storedCertificate = ({ varianceExplained, differences }: Certificate): StoredCertificate => ({
  varianceExplained,
  differences: packed(differences),
});

const restoredCertificate = ({ varianceExplained, differences }: StoredCertificate): Certificate => ({
  varianceExplained,
  differences: unpacked(differences),
});

const stored = (outcomes: readonly DatOutcome[]): string =>
  JSON.stringify(
    outcomes.map(
      ({ whole, ...each }): StoredOutcome => ({
        ...each,
        psi: [...each.psi],
        ...storedCertificate(each),
        ...(whole === undefined ? {} : { whole: storedCertificate(whole) }),
      }),
    ),
  );

const restored = (text: string): DatOutcome[] =>
  (JSON.parse(text) as StoredOutcome[]).map(({ whole, ...each }) => ({
    ...each,
    psi: Float64Array.from(each.psi),
    ...restoredCertificate(each),
    ...(whole === undefined ? {} : { whole: restoredCertificate(whole) }),
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
