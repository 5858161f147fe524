import type { RandomKey } from '@einlab/numerics';
import { type Interventions, isTargeted, targetedNodes } from '../data/interventions.ts';
import type { Table } from '../data/table.ts';
import { networkColumns } from '../independence/dat-test.ts';
import type { SearchControl } from './discovery.ts';
import { fitMaskedNetworks } from './masked-networks.ts';

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
}

/**
 * How much each pair of variables is used by networks that predict every variable from all others: the squared weights from one to the
 * network of the other, both ways together, where superfluous inputs were pressed to zero.
 *
 * @param interventions - add an input for each target, and rows in which a variable was set do not count for it.
 * @returns `f64[node, node]`, symmetric, 0 on the diagonal, rounded to f32.
 * @see Amin and Wilson 2024, section 4. Departs from it: one hidden layer of sigmoids and a Gaussian likelihood in place of squared errors and
 *   squared residuals, so that the variance needs no second loss.
 */
export async function networkNeighborhood(
  key: RandomKey,
  table: Table,
  interventions: Interventions | undefined,
  { steps = 2000, batch = 256, hidden = 10, sparsity = 3e-3 }: NetworkNeighborhoodOptions = {},
  control: SearchControl = {},
): Promise<Float64Array> {
  const d = table.columns.length;
  const targets = interventions === undefined ? [] : targetedNodes(interventions);
  const indicators =
    interventions === undefined ? [] : targets.map((node) => Float32Array.from(isTargeted(interventions, node)));
  const wide = d + indicators.length;
  const mask = new Uint8Array(wide * wide);
  for (let from = 0; from < wide; from++) for (let to = 0; to < d; to++) if (from !== to) mask[from * wide + to] = 1;
  // An indicator has no causes: no row counts for its network.
  const always = new Uint8Array(table.rows).fill(1);
  const { strengths } = await fitMaskedNetworks(
    key,
    {
      columns: [...networkColumns(table), ...indicators],
      rows: Int32Array.from({ length: table.rows }, (_, i) => i),
      mask,
      isTargeted:
        interventions === undefined
          ? undefined
          : Array.from({ length: wide }, (_, j) => (j < d ? isTargeted(interventions, j) : always)),
    },
    { rate: 4e-3, decay: 2e-4, acyclicity: 0, steps, batch, hidden, sparsity },
    { ...control, phase: 'neighborhoods' },
  );
  const used = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++)
      if (i !== j) used[i * d + j] = Math.fround(strengths[i * wide + j] ** 2 + strengths[j * wide + i] ** 2);
  }
  return used;
}
