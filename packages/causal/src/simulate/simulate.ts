import { EinlabError } from '@einlab/einsum-core';
import { normal, type RandomKey, rngFromKey, splitKey } from '@einlab/numerics';
import type { Interventions } from '../data/interventions.ts';
import { type Scale, scaleOf, standardized } from '../data/standardize.ts';
import { type Table, tableOf } from '../data/table.ts';
import { asDag } from '../graph/dag.ts';
import { type Graph, parentsOf } from '../graph/graph.ts';
import { topologicalOrder } from '../graph/order.ts';
import { drawMechanism, type Mechanism, type MechanismKind } from './mechanism.ts';
import { drawNoise, type NoiseKind } from './noise.ts';

/** A DAG with a mechanism for each node: parents ↦ mean, to which noise is added. */
export interface StructuralModel {
  readonly graph: Graph;
  readonly mechanisms: readonly Mechanism[];
  readonly noise: NoiseKind;
  readonly noiseScale: number;
  /** Whether a mechanism sees its parents z-scored, by what they are when only observed. */
  readonly standardizesParents: boolean;
}

/** What a model is drawn from. */
export interface ModelOptions {
  /** `mlp` by default. */
  readonly mechanism?: MechanismKind;
  readonly noise?: NoiseKind;
  /** Factor of the noise; ½ by default for nonlinear mechanisms and 1 for linear ones. */
  readonly noiseScale?: number;
  /** Z-scored parents: by default for nonlinear mechanisms. */
  readonly standardizesParents?: boolean;
}

/**
 * Draws a mechanism for each node of a DAG.
 *
 * @throws {EinlabError} `data`, where the graph is no DAG.
 * @see Amin and Wilson 2024 and Nazaret et al. 2024 for `mlp`; Zheng et al. 2018 for `linear`, 2020 for `multiple-index`.
 */
export function drawModel(key: RandomKey, graph: Graph, options: ModelOptions = {}): StructuralModel {
  asDag(graph);
  const { mechanism = 'mlp', noise = 'gaussian' } = options;
  const isLinear = mechanism === 'linear';
  const keys = splitKey(key, graph.nodes.length);
  return {
    graph,
    mechanisms: keys.map((each, j) => drawMechanism(rngFromKey(each), mechanism, parentsOf(graph, j).length)),
    noise,
    noiseScale: options.noiseScale ?? (isLinear ? 1 : 0.5),
    standardizesParents: options.standardizesParents ?? !isLinear,
  };
}

/** An experiment to simulate. */
export interface Experiment {
  /** Names of the variables it acts on. */
  readonly targets: readonly string[];
  readonly rows: number;
  /**
   * `hard` replaces the variable by N(0, 0.1²); `soft` multiplies its mechanism by 0.1, as a knock-down does, and leaves the noise.
   */
  readonly kind?: 'hard' | 'soft';
}

/** What to simulate. */
export interface SimulateOptions {
  /** Rows without an intervention, which come first. */
  readonly rows: number;
  readonly experiments?: readonly Experiment[];
}

/** Simulated observations. */
export interface Simulated {
  readonly table: Table;
  /** Condition 0 is plain observation; one more for each experiment. */
  readonly interventions: Interventions;
}

const hardDeviation = 0.1;
const softFactor = 0.1;

/**
 * Draws observations from a model, then from each experiment. Equal keys give equal numbers.
 *
 * @throws {EinlabError} `option`, for a number of rows below 1 or an unknown target.
 */
export function simulate(key: RandomKey, model: StructuralModel, options: SimulateOptions): Simulated {
  const { graph, mechanisms, noise, noiseScale } = model;
  const d = graph.nodes.length;
  const order = topologicalOrder(graph.edges, d) ?? [];
  const runs = [{ targets: [], rows: options.rows }, ...(options.experiments ?? [])] as readonly Experiment[];
  const scales: Scale[] = [];
  const parts = runs.map(({ targets, rows, kind = 'hard' }, run) => {
    if (!Number.isInteger(rows) || rows < 1)
      throw new EinlabError(
        'option',
        `simulate: the rows of condition ${run} are ${rows}; expected a whole number ≥ 1`,
      );
    const unknown = targets.find((name) => !graph.nodes.includes(name));
    if (unknown !== undefined)
      throw new EinlabError(
        'option',
        `simulate: the target ${JSON.stringify(unknown)} is no node; expected one of ${graph.nodes.join(', ')}`,
      );
    const keys = splitKey(splitKey(key, runs.length)[run], d);
    const columns = new Array<Float64Array>(d);
    for (const j of order) {
      const rng = rngFromKey(keys[j]);
      const isTarget = targets.includes(graph.nodes[j]);
      if (isTarget && kind === 'hard') {
        columns[j] = Float64Array.from({ length: rows }, () => hardDeviation * normal(rng));
        continue;
      }
      const parents = parentsOf(graph, j).map((i) =>
        model.standardizesParents ? standardized(columns[i], scales[i]) : columns[i],
      );
      const factor = isTarget ? softFactor : 1;
      columns[j] = mechanisms[j](parents, rows).map((mean) => factor * mean + noiseScale * drawNoise(rng, noise));
      if (run === 0) scales[j] = scaleOf(columns[j]);
    }
    return columns;
  });
  const table = tableOf(
    graph.nodes.map((name, j) => {
      const values = new Float64Array(runs.reduce((sum, { rows }) => sum + rows, 0));
      let at = 0;
      for (const columns of parts) {
        values.set(columns[j], at);
        at += columns[j].length;
      }
      return { name, kind: 'continuous' as const, values };
    }),
  );
  const regimeOfRow = Int32Array.from(runs.flatMap(({ rows }, run) => new Array<number>(rows).fill(run)));
  const regimes = runs.map(({ targets }, run) => ({
    name: run === 0 ? 'observed' : `do(${targets.join(', ')})`,
    targets: targets.map((name) => graph.nodes.indexOf(name)),
  }));
  return { table, interventions: { regimes, regimeOfRow } };
}
