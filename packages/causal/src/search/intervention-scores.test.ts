import { keyFromSeed } from '@einlab/numerics';
import { describe, expect, it } from 'vitest';
import type { Table } from '../data/table.ts';
import { dag } from '../graph/dag.ts';
import { linearModel } from '../simulate/linear.ts';
import { simulate } from '../simulate/simulate.ts';
import { interventionScores } from './intervention-scores.ts';

const truth = dag(
  ['a', 'b', 'c', 'e'],
  [
    ['a', 'b'],
    ['b', 'c'],
    ['a', 'c'],
  ],
);
const weights = new Float64Array(16);
[weights[0 * 4 + 1], weights[1 * 4 + 2], weights[0 * 4 + 2]] = [1.2, -0.9, 0.7];
const { table, interventions } = simulate(keyFromSeed(4), linearModel(truth, weights), {
  rows: 3000,
  experiments: [
    { targets: ['b'], rows: 400 },
    { targets: ['c'], rows: 400 },
  ],
});
const options = { key: keyFromSeed(1), interventions, heldOut: ['do(b)'], steps: 1200 };

/** The closed form: the noise is N(0, 1) whatever was set, so that only the units of the z-scores matter. */
function closedForm(of: Table): { loss: number; error: number } {
  const scales = of.columns.map(({ values }) => {
    const used = [...values].filter((_, row) => interventions.regimeOfRow[row] !== 1);
    const mean = used.reduce((a, b) => a + b, 0) / used.length;
    return Math.sqrt(used.reduce((sum, value) => sum + (value - mean) ** 2, 0) / used.length);
  });
  const kept = [scales[0], scales[2], scales[3]];
  return {
    loss: kept.reduce((sum, scale) => sum + 0.5 * Math.log(2 * Math.PI * Math.E) - Math.log(scale), 0) / 3,
    error: kept.reduce((sum, scale) => sum + Math.sqrt(2 / Math.PI) / scale, 0) / 3,
  };
}

describe('intervention scores', () => {
  it('of the true graph of a linear model are those of its noise; of a graph with a turned edge they are worse', async () => {
    const found = await interventionScores(table, truth, options);
    const wanted = closedForm(table);
    expect(Math.abs(found.negativeLogLikelihood - wanted.loss)).toBeLessThan(0.08);
    expect(Math.abs(found.meanAbsoluteError - wanted.error)).toBeLessThan(0.05);
    expect(found.rows).toBe(400);
    expect(Object.keys(found.byCondition)).toEqual(['do(b)']);
    expect(found.byCondition['do(b)']).toEqual({
      negativeLogLikelihood: found.negativeLogLikelihood,
      meanAbsoluteError: found.meanAbsoluteError,
      rows: 400,
    });
    const turned = dag(truth.nodes, [
      ['b', 'a'],
      ['b', 'c'],
      ['a', 'c'],
    ]);
    const worse = await interventionScores(table, turned, options);
    expect(worse.negativeLogLikelihood).toBeGreaterThan(found.negativeLogLikelihood + 0.1);
    // b is set to about its mean, where the turned network says about the mean of a: the error of the mean cannot tell, what it claims to know can.
    expect(Math.abs(worse.meanAbsoluteError - found.meanAbsoluteError)).toBeLessThan(0.02);
  }, 60_000);

  it('refuse a graph that is no DAG or of other nodes, unknown conditions, and nothing to fit to', async () => {
    const score = (graph: typeof truth, heldOut: readonly string[] = ['do(b)']): Promise<unknown> =>
      interventionScores(table, graph, { ...options, heldOut });
    await expect(score({ ...truth, edges: Uint8Array.from(truth.edges).fill(1, 1, 2).fill(1, 4, 5) })).rejects.toThrow(
      'undirected edges or a cycle',
    );
    await expect(score(dag(['a', 'b', 'c', 'f'], []))).rejects.toThrow('expected the same in the same order');
    await expect(score(truth, ['do(z)'])).rejects.toThrow(
      'there is no condition "do(z)"; the conditions are observed, do(b), do(c)',
    );
    await expect(score(truth, ['observed', 'do(b)', 'do(c)'])).rejects.toThrow('3800 rows are held out and 0 are left');
    await expect(score(truth, [])).rejects.toThrow('0 rows are held out');
  });
});
