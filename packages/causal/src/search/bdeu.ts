import type { Table } from '../data/table.ts';
import { logGamma } from '../independence/chi-square-tail.ts';
import { type BdeuOptions, type LocalScore, remembering } from './local-score.ts';

/**
 * The Bayesian Dirichlet score with a uniform prior, for discrete variables: with r states, q configurations of the parents and
 * counts N_jk,
 *
 *   Σ_j ln Γ(α/q)/Γ(α/q + N_j) + Σ_k ln Γ(α/(qr) + N_jk)/Γ(α/(qr))
 *
 * Equal for all DAGs of an equivalence class.
 *
 * @see Heckerman, Geiger and Chickering 1995.
 */
export function bdeu(table: Table, { equivalentSampleSize: alpha = 10 }: BdeuOptions = {}): LocalScore {
  const columns = table.columns.map(({ values, levels }) => {
    const seen = new Map<number, number>();
    const codes = Int32Array.from(values, (value) => {
      const code = seen.get(value) ?? seen.size;
      seen.set(value, code);
      return code;
    });
    return { codes, count: Math.max(seen.size, levels?.length ?? 0) };
  });
  return remembering({
    name: 'BDeu',
    size: columns.length,
    warnings: new Set(),
    of(node, parents) {
      const { codes, count: r } = columns[node];
      const q = parents.reduce((product, p) => product * columns[p].count, 1);
      const counts = new Map<number, Float64Array>();
      for (let i = 0; i < table.rows; i++) {
        let row = 0;
        for (const p of parents) row = row * columns[p].count + columns[p].codes[i];
        let cell = counts.get(row);
        if (cell === undefined) {
          cell = new Float64Array(r);
          counts.set(row, cell);
        }
        cell[codes[i]]++;
      }
      let score = 0;
      for (const cell of counts.values()) {
        const total = cell.reduce((sum, count) => sum + count, 0);
        score += logGamma(alpha / q) - logGamma(alpha / q + total);
        for (const count of cell) if (count > 0) score += logGamma(alpha / (q * r) + count) - logGamma(alpha / (q * r));
      }
      return score;
    },
  });
}
