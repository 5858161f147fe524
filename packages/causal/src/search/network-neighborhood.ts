import { foldIn, type RandomKey } from '@einlab/numerics';
import { type Interventions, isTargeted, targetedNodes } from '../data/interventions.ts';
import type { Table } from '../data/table.ts';
import { networkColumns } from '../independence/dat-test.ts';
import type { SearchControl } from './discovery.ts';
import { fitMaskedNetworks } from './masked-networks.ts';
import { type DatCheckpoint, fingerprint, nameOf, packed, unpacked } from './search-checkpoint.ts';

/** How the networks that find neighborhoods are fitted. */
export interface NetworkNeighborhoodOptions {
  /** 2000 by default. */
  readonly steps?: number;
  /** Rows of a step; 256 by default. */
  readonly batch?: number;
  /** Sigmoid units of each variable's network; 10 by default. */
  readonly hidden?: number;
  /** Weight of the sum of the sizes of the first weights; 0.003 by default. */
  readonly sparsity?: number;
  /**
   * Variables whose networks are fitted together, and written down together: as many as keep the weights, their gradients and the optimizer's memory
   * small beside the whole; 128 by default.
   */
  readonly together?: number;
}

/**
 * How much each pair of variables is used by networks that predict every variable from all others: the squared weights from one to the
 * network of the other, both ways together, where superfluous inputs were pressed to zero.
 *
 * @param interventions - add an input for each target, and rows in which a variable was set do not count for it.
 * @param control - its checkpoint keeps each part of the networks when it is fitted, and what it has is not fitted again.
 * @returns `f64[node, node]`, symmetric, 0 on the diagonal.
 * @remarks Networks do not share weights, so that parts of them are fitted one after the other: memory grows with the number of variables, time with its
 *   square.
 * @see Amin and Wilson 2024, section 4. Departs from it: one hidden layer of sigmoids and a Gaussian likelihood in place of squared errors and
 *   squared residuals, so that the variance needs no second loss.
 */
export async function networkNeighborhood(
  key: RandomKey,
  table: Table,
  interventions: Interventions | undefined,
  { together = 128, ...options }: NetworkNeighborhoodOptions = {},
  { checkpoint, onProgress, ...control }: SearchControl & { readonly checkpoint?: DatCheckpoint | undefined } = {},
): Promise<Float64Array> {
  const d = table.columns.length;
  const targets = interventions === undefined ? [] : targetedNodes(interventions);
  const indicators =
    interventions === undefined ? [] : targets.map((node) => Float32Array.from(isTargeted(interventions, node)));
  const columns = [...networkColumns(table), ...indicators];
  const targeted =
    interventions === undefined ? undefined : table.columns.map((_, node) => isTargeted(interventions, node));
  const data = checkpoint === undefined ? [] : fingerprint(columns);
  const regimes = checkpoint === undefined ? [] : [...(interventions?.regimeOfRow ?? [])];
  const used = new Float64Array(d * d);
  for (let from = 0; from < d; from += together) {
    const predicted = Array.from({ length: Math.min(together, d - from) }, (_, at) => from + at);
    const name = nameOf({ key, options, data, regimes, from, count: predicted.length });
    const known = await checkpoint?.read(name);
    // The first part draws from the key itself, as if there were no others.
    const partKey = from === 0 ? key : foldIn(key, from);
    const report: typeof onProgress = ({ fraction }) =>
      onProgress?.({ phase: 'neighborhoods', fraction: (from + fraction * predicted.length) / d });
    const strengths =
      known === undefined
        ? await strengthsTo(predicted, partKey, { columns, targeted, options }, { ...control, onProgress: report })
        : unpacked(known);
    if (known === undefined) await checkpoint?.write(name, packed(strengths));
    for (let i = 0; i < d; i++) {
      predicted.forEach((j, at) => {
        const square = strengths[i * predicted.length + at] ** 2;
        used[i * d + j] += square;
        used[j * d + i] += square;
      });
    }
  }
  return used;
}

/** Fits the networks of some variables. @returns `f64[in, predicted]`: the length of the weights from each column to each of them. */
async function strengthsTo(
  predicted: readonly number[],
  key: RandomKey,
  given: {
    readonly columns: readonly Float32Array[];
    readonly targeted: readonly Uint8Array[] | undefined;
    readonly options: NetworkNeighborhoodOptions;
  },
  control: SearchControl,
): Promise<Float64Array> {
  const { columns, targeted, options } = given;
  const { steps = 2000, batch = 256, hidden = 10, sparsity = 3e-3 } = options;
  const mask = new Uint8Array(columns.length * predicted.length).fill(1);
  predicted.forEach((node, at) => {
    mask[node * predicted.length + at] = 0;
  });
  const rows = Int32Array.from({ length: columns[0].length }, (_, i) => i);
  const { strengths } = await fitMaskedNetworks(
    key,
    { columns, rows, mask, isTargeted: targeted, predicted },
    { rate: 4e-3, decay: 2e-4, acyclicity: 0, steps, batch, hidden, sparsity },
    { ...control, phase: 'neighborhoods' },
  );
  return strengths;
}
