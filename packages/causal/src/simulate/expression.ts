import { EinlabError } from '@einlab/einsum-core';
import { foldIn, normal, type RandomKey, type Rng, rngFromKey, splitKey, uniform } from '@einlab/numerics';
import { tableOf } from '../data/table.ts';
import { asDag } from '../graph/dag.ts';
import { type Graph, parentsOf } from '../graph/graph.ts';
import { topologicalOrder } from '../graph/order.ts';
import { type TechnicalNoise, withTechnicalNoise } from './expression-noise.ts';
import type { Simulated } from './simulate.ts';

/** How one gene acts on another. */
interface Regulation {
  readonly from: number;
  /** Largest contribution to the production, U[1, 5]. */
  readonly most: number;
  readonly isRepressor: boolean;
}

/** A network of genes whose production follows from the amounts of their regulators. */
export interface ExpressionModel {
  readonly graph: Graph;
  /** Production of the genes without regulators, in each type of cell: U[1, 3]; by position, empty for the others. */
  readonly basal: readonly Float64Array[];
  readonly regulations: readonly (readonly Regulation[])[];
  /** The amount of each gene at which it acts with half its strength: its mean over the types of cells, without noise. */
  readonly halfway: Float64Array;
  /** Amounts without noise, `f64[type][node]`. */
  readonly steady: readonly Float64Array[];
}

/** What a network is drawn from. */
export interface ExpressionOptions {
  /** Types of cells; 1 by default. With several of them the types' rates are a common cause of all genes. */
  readonly cellTypes?: number;
  /** Share of the edges that repress; ½ by default. */
  readonly repressors?: number;
}

const decayRate = 0.8;
const steepness = 2;
const timeStep = 0.01;

/** x^γ/(h^γ + x^γ), or 1 less it. */
const response = (x: number, halfway: number, isRepressor: boolean): number => {
  const active = x ** steepness / (halfway ** steepness + x ** steepness);
  return isRepressor ? 1 - active : active;
};

/** Production of a gene, its regulators' amounts being at hand. */
const production = (
  { basal, regulations, halfway }: Pick<ExpressionModel, 'basal' | 'regulations' | 'halfway'>,
  node: number,
  type: number,
  amounts: ArrayLike<number>,
): number =>
  regulations[node].length === 0
    ? basal[node][type]
    : regulations[node].reduce(
        (sum, { from, most, isRepressor }) => sum + most * response(amounts[from], halfway[from], isRepressor),
        0,
      );

/**
 * Draws rates for a network of genes.
 *
 * @throws {EinlabError} `data`, where the graph is no DAG; `option`, for a number of types below 1.
 * @see Dibaeinia and Sinha 2020 (SERGIO), equations 1 to 6.
 */
export function drawExpressionModel(key: RandomKey, graph: Graph, options: ExpressionOptions = {}): ExpressionModel {
  asDag(graph);
  const { cellTypes = 1, repressors = 0.5 } = options;
  if (!Number.isInteger(cellTypes) || cellTypes < 1)
    throw new EinlabError('option', `expression: cellTypes is ${cellTypes}; expected a whole number ≥ 1`);
  const d = graph.nodes.length;
  const keys = splitKey(key, d);
  const basal: Float64Array[] = [];
  const regulations = keys.map((each, node): Regulation[] => {
    const rng = rngFromKey(each);
    const parents = parentsOf(graph, node);
    basal.push(Float64Array.from({ length: parents.length === 0 ? cellTypes : 0 }, () => 1 + 2 * uniform(rng)));
    return parents.map((from) => ({ from, most: 1 + 4 * uniform(rng), isRepressor: uniform(rng) < repressors }));
  });
  const halfway = new Float64Array(d);
  const steady = Array.from({ length: cellTypes }, () => new Float64Array(d));
  for (const node of topologicalOrder(graph.edges, d) ?? []) {
    steady.forEach((amounts, type) => {
      amounts[node] = production({ basal, regulations, halfway }, node, type, amounts) / decayRate;
      halfway[node] += amounts[node] / cellTypes;
    });
  }
  return { graph, basal, regulations, halfway, steady };
}

/** What to simulate of a network of genes. */
export interface SimulateExpressionOptions {
  /** Cells that nothing was done to, dealt out to the types in turns; they come first. */
  readonly rows: number;
  /** Genes that are knocked out, and in how many cells: nothing is produced of them. */
  readonly knockOuts?: readonly { readonly targets: readonly string[]; readonly rows: number }[];
  /** Strength of the noise of production and decay; 1 by default. */
  readonly noise?: number;
  /** Steps of 0.01 from the state without noise to a cell that is looked at; 400 by default, about three times what an amount needs to be renewed. */
  readonly steps?: number;
  /** What measuring does to the amounts; nothing by default. */
  readonly technical?: TechnicalNoise;
}

/** One cell: from the state without noise along the chemical Langevin equation, dx = (P − λx)dt + q(√P dW₁ + √(λx) dW₂). */
function cell(
  rng: Rng,
  model: ExpressionModel,
  order: readonly number[],
  given: {
    readonly type: number;
    readonly silent: ReadonlySet<number>;
    readonly noise: number;
    readonly steps: number;
  },
): Float64Array {
  const { type, silent, noise, steps } = given;
  const amounts = Float64Array.from(model.steady[type], (amount, node) => (silent.has(node) ? 0 : amount));
  const spread = noise * Math.sqrt(timeStep);
  for (let step = 0; step < steps; step++) {
    // Effects before causes, so that all of a step sees the amounts of the step before.
    for (let at = order.length - 1; at >= 0; at--) {
      const node = order[at];
      const made = silent.has(node) ? 0 : production(model, node, type, amounts);
      const lost = decayRate * amounts[node];
      // Two independent Gaussian terms are one whose variances are added.
      const change = (made - lost) * timeStep + spread * Math.sqrt(made + lost) * normal(rng);
      amounts[node] = Math.max(0, amounts[node] + change);
    }
  }
  return amounts;
}

/**
 * Draws cells of a network of genes, each from a run of its own. Equal keys give equal numbers.
 *
 * @throws {EinlabError} `option`, for a number of rows below 1 or an unknown target.
 * @remarks Departs from SERGIO: cells come from runs of their own instead of points of one long run, so that rows are independent.
 * @see Dibaeinia and Sinha 2020, equation 5.
 */
export function simulateExpression(
  key: RandomKey,
  model: ExpressionModel,
  options: SimulateExpressionOptions,
): Simulated {
  const { nodes, edges } = model.graph;
  const { noise = 1, steps = 400, technical } = options;
  const order = topologicalOrder(edges, nodes.length) ?? [];
  const runs = [{ targets: [] as readonly string[], rows: options.rows }, ...(options.knockOuts ?? [])];
  const cells = runs.flatMap(({ targets, rows }, run) => {
    if (!Number.isInteger(rows) || rows < 1)
      throw new EinlabError(
        'option',
        `expression: the rows of condition ${run} are ${rows}; expected a whole number ≥ 1`,
      );
    const unknown = targets.find((name) => !nodes.includes(name));
    if (unknown !== undefined)
      throw new EinlabError(
        'option',
        `expression: the target ${JSON.stringify(unknown)} is no gene; expected one of ${nodes.join(', ')}`,
      );
    const silent = new Set(targets.map((name) => nodes.indexOf(name)));
    const own = foldIn(key, run);
    return Array.from({ length: rows }, (_, row) =>
      cell(rngFromKey(foldIn(own, row)), model, order, { type: row % model.steady.length, silent, noise, steps }),
    );
  });
  const measured = technical === undefined ? cells : withTechnicalNoise(foldIn(key, runs.length), cells, technical);
  return {
    table: tableOf(
      nodes.map((name, j) => ({ name, kind: 'continuous', values: Float64Array.from(measured, (each) => each[j]) })),
    ),
    interventions: {
      regimes: runs.map(({ targets }, run) => ({
        name: run === 0 ? 'observed' : `knock-out(${targets.join(', ')})`,
        targets: targets.map((name) => nodes.indexOf(name)),
      })),
      regimeOfRow: Int32Array.from(runs.flatMap(({ rows }, run) => new Array<number>(rows).fill(run))),
    },
  };
}
