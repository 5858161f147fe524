import { keyFromSeed, rngFromKey } from '@einlab/numerics';
import { itWithShared, loadGolden, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covarianceMatrix } from '../data/covariance.ts';
import { standardizeTable } from '../data/standardize.ts';
import { type Table, tableFromRows } from '../data/table.ts';
import { structuralHamming } from '../distance/structural-hamming.ts';
import { isDag } from '../graph/dag.ts';
import type { IndexEdge } from '../graph/graph.ts';
import { matrixExponential } from '../linalg/matrix-exponential.ts';
import { drawLinearModel } from '../simulate/linear.ts';
import { erdosRenyi } from '../simulate/random-dag.ts';
import { simulate } from '../simulate/simulate.ts';
import { entriesOf, sharedText } from '../testing/shared-data.test-helper.ts';
import { acyclicPart } from './acyclic-part.ts';
import { exponentialAcyclicity, leastSquaresLoss, logDetAcyclicity } from './acyclicity.ts';
import { dagma, fitDagma } from './dagma.ts';
import { directLingam } from './direct-lingam.ts';
import { compileKnowledge, knowledgeFindings } from './knowledge.ts';
import { minimizeNonnegative } from './lbfgs-box.ts';
import { fitNotears, notears } from './notears.ts';
import { sortAndRegress } from './sort-n-regress.ts';

const matrix = (size: number, most: number): fc.Arbitrary<Float64Array> =>
  fc
    .array(fc.double({ min: -most, max: most, noNaN: true }), { minLength: size * size, maxLength: size * size })
    .map((values) => Float64Array.from(values, (value, at) => (at % (size + 1) === 0 ? 0 : value)));

/** Largest difference between a gradient and central differences, relative to its size. */
function slopeError(f: (w: Float64Array) => { value: number; gradient: Float64Array }, at: Float64Array): number {
  const { gradient } = f(at);
  let worst = 0;
  for (let k = 0; k < at.length; k++) {
    const [up, down] = [Float64Array.from(at), Float64Array.from(at)];
    up[k] += 1e-5;
    down[k] -= 1e-5;
    worst = Math.max(worst, Math.abs(gradient[k] - (f(up).value - f(down).value) / 2e-5) / (1 + Math.abs(gradient[k])));
  }
  return worst;
}

describe('measures of cycles', () => {
  property('their gradients are those of finite differences', matrix(4, 0.4), (w) => {
    const covariance = Float64Array.from({ length: 16 }, (_, at) => (at % 5 === 0 ? 2 : 0.3));
    const logDet = (x: Float64Array): { value: number; gradient: Float64Array } =>
      logDetAcyclicity(x, 4, 1) ?? { value: Number.NaN, gradient: x };
    expect(slopeError((x) => exponentialAcyclicity(x, 4), w)).toBeLessThan(1e-6);
    expect(slopeError((x) => leastSquaresLoss(covariance, x, 4), w)).toBeLessThan(1e-6);
    expect(slopeError(logDet, w)).toBeLessThan(1e-6);
  });

  property('are 0 without a cycle, positive with one, and do not change with order and signs', matrix(4, 0.6), (w) => {
    const lower = w.map((value, at) => (Math.floor(at / 4) > at % 4 ? value : 0));
    expect(Math.abs(exponentialAcyclicity(lower, 4).value)).toBeLessThan(1e-9);
    expect(Math.abs(logDetAcyclicity(lower, 4, 1)?.value ?? 1)).toBeLessThan(1e-9);
    const cyclic = Float64Array.from(lower);
    cyclic[1] = cyclic[4] = 0.5;
    expect(exponentialAcyclicity(cyclic, 4).value).toBeGreaterThan(1e-3);
    const turned = w.map((_, at) => -w[(3 - Math.floor(at / 4)) * 4 + (3 - (at % 4))]);
    expect(Math.abs(exponentialAcyclicity(turned, 4).value - exponentialAcyclicity(w, 4).value)).toBeLessThan(1e-9);
  });

  it('e^A of a nilpotent matrix is its finite series', () => {
    const power = matrixExponential(Float64Array.of(0, 2, 3, 0, 0, 4, 0, 0, 0), 3);
    for (const [got, wanted] of [...power].map((value, at) => [value, [1, 2, 7, 0, 1, 4, 0, 0, 1][at]]))
      expect(Math.abs(got - wanted)).toBeLessThan(1e-12);
  });

  it('minimizing over nonnegative numbers stops at the bound', () => {
    const { x } = minimizeNonnegative(
      (at) => ({
        value: (at[0] - 3) ** 2 + (at[1] + 2) ** 2 + at[0] * at[1],
        gradient: Float64Array.of(2 * (at[0] - 3) + at[1], 2 * (at[1] + 2) + at[0]),
      }),
      Float64Array.of(1, 1),
    );
    expect(Math.abs(x[0] - 3)).toBeLessThan(1e-4);
    expect(x[1]).toBe(0);
  });

  it('the smallest weight of a cycle is left out', () => {
    const { edges, left } = acyclicPart(Float64Array.of(0, 3, 0, 0, 0, 2, 1, 0, 0), 3, 0.5);
    expect([...edges]).toEqual([0, 1, 0, 0, 0, 1, 0, 0, 0]);
    expect(left).toEqual([[2, 0]]);
  });
});

interface Stored {
  readonly lambda1: number;
  readonly notears_W_unthresholded: number[][];
  readonly notears_loss: number;
  readonly notears_edges_at_0p3: IndexEdge[];
  readonly dagma_lambda1: number;
  readonly dagma_W_unthresholded: number[][];
  readonly dagma_edges_at_0p3: IndexEdge[];
  readonly B_true: IndexEdge[];
  readonly acyclicity_values: {
    readonly W: number[][];
    readonly s: number;
    readonly h_expm: number;
    readonly grad_expm: number[][];
    readonly h_logdet: number;
    readonly grad_logdet: number[][];
    /** Largest eigenvalue of W∘W. */
    readonly h_spectral: number;
  }[];
}

const goldenTable = (): Table =>
  tableFromRows(
    Array.from({ length: 8 }, (_, i) => `v${i}`),
    sharedText('golden', 'causal', 'notears_X_200x8.csv').trim().split(/[\n,]/).map(Number),
  );
const inOrder = (edges: readonly IndexEdge[]): IndexEdge[] => [...edges].sort((a, b) => a[0] - b[0] || a[1] - b[1]);

describe('golden weights', () => {
  itWithShared(
    'both measures of cycles and their gradients are the stored ones, and the second ends at the spectral radius',
    () => {
      const { data } = loadGolden<Stored>('causal/notears_dagma.json', {
        provenance: "the authors' NOTEARS and DAGMA",
      });
      expect(data.acyclicity_values.length).toBeGreaterThan(5);
      for (const stored of data.acyclicity_values) {
        const size = stored.W.length;
        const weights = Float64Array.from(stored.W.flat());
        const close = (found: ArrayLike<number>, wanted: readonly number[]): void => {
          const far = wanted.map((value, at) => Math.abs((found[at] ?? Number.NaN) - value));
          expect(Math.max(...far)).toBeLessThan(1e-12);
        };
        const power = exponentialAcyclicity(weights, size);
        close([power.value, ...power.gradient], [stored.h_expm, ...stored.grad_expm.flat()]);
        const logDet = logDetAcyclicity(weights, size, stored.s);
        close(
          [logDet?.value ?? Number.NaN, ...(logDet?.gradient ?? [])],
          [stored.h_logdet, ...stored.grad_logdet.flat()],
        );
        expect(logDetAcyclicity(weights, size, stored.h_spectral * 0.99)).toBeUndefined();
        expect(logDetAcyclicity(weights, size, stored.h_spectral * 1.01)).toBeDefined();
      }
    },
  );

  itWithShared('NOTEARS ends at the stored loss or below, near the stored weights, and finds all 10 edges', () => {
    const { data } = loadGolden<Stored>('causal/notears_dagma.json', { provenance: "the authors' NOTEARS and DAGMA" });
    const table = goldenTable();
    // The stored run minimizes over centered columns.
    const { weights, loss } = fitNotears(covarianceMatrix(table), 8, data.lambda1, new Uint8Array(64));
    const size = (w: ArrayLike<number>): number => Array.from(w).reduce((sum, value) => sum + Math.abs(value), 0);
    const objective = data.notears_loss + data.lambda1 * size(data.notears_W_unthresholded.flat());
    expect(loss + data.lambda1 * size(weights)).toBeLessThan(objective * 1.01);
    weights.forEach((value, at) => {
      if (!(Math.abs(value - data.notears_W_unthresholded.flat()[at]) < 0.05))
        throw new Error(`weight ${at}: ${value}, stored ${data.notears_W_unthresholded.flat()[at]}`);
    });
    const found = notears(table, { sparsity: data.lambda1 });
    expect(entriesOf(found.graph)).toEqual(inOrder(data.notears_edges_at_0p3));
    expect(entriesOf(found.graph)).toEqual(inOrder(data.B_true));
  });

  itWithShared('DAGMA finds the stored edges, near the stored weights', () => {
    const { data } = loadGolden<Stored>('causal/notears_dagma.json', { provenance: "the authors' NOTEARS and DAGMA" });
    const table = goldenTable();
    const weights = fitDagma(covarianceMatrix(table), 8, { sparsity: data.dagma_lambda1 }, new Uint8Array(64));
    const worst = weights.reduce(
      (far, value, at) => Math.max(far, Math.abs(value - data.dagma_W_unthresholded.flat()[at])),
      0,
    );
    expect(worst).toBeLessThan(0.1);
    expect(entriesOf(dagma(table, { sparsity: data.dagma_lambda1 }).graph)).toEqual(inOrder(data.dagma_edges_at_0p3));
  });
});

describe('methods that weigh edges', () => {
  const truth = erdosRenyi(rngFromKey(keyFromSeed(1)), 8, 1);
  const gaussian = simulate(keyFromSeed(2), drawLinearModel(keyFromSeed(3), truth).model, { rows: 1000 }).table;
  const skewed = simulate(keyFromSeed(4), drawLinearModel(keyFromSeed(3), truth, { noise: 'exponential' }).model, {
    rows: 2000,
  }).table;

  it('find raw linear data, and fall with z-scoring, which they warn of', () => {
    for (const search of [notears, dagma, sortAndRegress]) {
      const [raw, scored] = [search(gaussian), search(standardizeTable(gaussian))];
      expect(structuralHamming(truth, raw.graph)).toBeLessThanOrEqual(2);
      expect(structuralHamming(truth, scored.graph)).toBeGreaterThan(structuralHamming(truth, raw.graph));
      expect(scored.warnings.join()).toContain('all variables have the same variance');
      expect(isDag(raw.graph) && isDag(scored.graph)).toBe(true);
    }
  });

  it('DirectLiNGAM finds skewed noise in z-scored data, and warns of Gaussian noise', () => {
    const found = directLingam(standardizeTable(skewed));
    expect(structuralHamming(truth, found.graph)).toBeLessThanOrEqual(2);
    expect(directLingam(gaussian).warnings.join()).toContain('the kurtosis of a Gaussian');
    expect(sortAndRegress(skewed, { by: 'r-squared' }).method).toBe('r2-sortnregress');
  });

  property(
    'keep to knowledge',
    fc.shuffledSubarray([...truth.nodes], { minLength: 2, maxLength: 2 }),
    ([from, to]) => {
      const knowledge = { required: [[from, to]] as const };
      const compiled = compileKnowledge(truth.nodes, knowledge);
      for (const search of [notears, sortAndRegress, directLingam])
        expect(knowledgeFindings(search(gaussian, { knowledge }).graph, compiled)).toEqual([]);
    },
    { runs: 6 },
  );

  it('certify each absent edge and score each present one', () => {
    const found = notears(gaussian);
    expect(found.absences.length + entriesOf(found.graph).length).toBe(28);
    for (const [i, j] of entriesOf(found.graph)) expect(found.scores[i * 8 + j]).toBeGreaterThan(0.3);
    expect(found.absences.every(({ pValue }) => pValue !== undefined)).toBe(true);
  });
});
