import type { RandomKey } from '@einlab/numerics';
import { splitKey } from '@einlab/numerics';
import { assertInterventions, type Interventions, isTargeted } from '../data/interventions.ts';
import { namesOf, type Table } from '../data/table.ts';
import type { Graph } from '../graph/graph.ts';
import { networkColumns } from '../independence/dat-test.ts';
import { fisherZ } from '../independence/fisher-z.ts';
import { acyclicPart } from './acyclic-part.ts';
import { certifyAbsences, type Discovery, type SearchControl } from './discovery.ts';
import { type CompiledKnowledge, compileKnowledge, isPairForbidden, type Knowledge } from './knowledge.ts';
import { fitMaskedNetworks, type MaskedNetworks } from './masked-networks.ts';
import type { DatCheckpoint } from './search-checkpoint.ts';

/** How SDCD searches. */
export interface SdcdOptions extends SearchControl {
  readonly key: RandomKey;
  readonly interventions?: Interventions;
  readonly knowledge?: Knowledge;
  /** Steps of the first stage, which selects inputs; 800 by default. */
  readonly selectionSteps?: number;
  /** Steps of the second stage, which forces out cycles; 8000 by default. */
  readonly steps?: number;
  /** Inputs that are stronger go on to the second stage; 0.2 by default. */
  readonly selectAbove?: number;
  /** Edges that are stronger are kept; 0.1 by default. */
  readonly threshold?: number;
  /** Where the fits' states are written down, so that a search goes on where it stopped, to the same bits. */
  readonly checkpoint?: DatCheckpoint;
}

/** The second stage alone: what a mask allows, without cycles. */
export interface MaskedStage {
  readonly networks: MaskedNetworks;
  readonly graph: Graph;
  readonly warnings: readonly string[];
}

/** Settings of the second stage. */
const secondStage = { rate: 2e-3, sparsity: 5e-4, decay: 5e-3 / 10, acyclicity: 10 } as const;
const firstStage = { rate: 4e-3, sparsity: 1e-2, decay: 2e-4, acyclicity: 0 } as const;

/** All rows, and which of them do not count for a variable. */
function dataOf(table: Table, interventions: Interventions | undefined) {
  return {
    columns: networkColumns(table),
    rows: Int32Array.from({ length: table.rows }, (_, i) => i),
    isTargeted: interventions === undefined ? undefined : table.columns.map((_, j) => isTargeted(interventions, j)),
  };
}

/**
 * Fits the networks under a mask with a growing penalty on cycles, and keeps the strong edges that make none.
 *
 * @param mask - `u8[in, node]`
 */
export async function maskedStage(
  table: Table,
  mask: Uint8Array,
  knowledge: CompiledKnowledge,
  options: SdcdOptions,
): Promise<MaskedStage> {
  const d = table.columns.length;
  const data = { ...dataOf(table, options.interventions), mask };
  const { steps = 8000, threshold = 0.1 } = options;
  const networks = await fitMaskedNetworks(
    options.key,
    data,
    { ...secondStage, steps },
    { ...options, phase: 'directing edges' },
  );
  const { edges, left } = acyclicPart(networks.strengths, d, threshold, knowledge.required);
  const nodes = namesOf(table);
  const warnings = left
    .filter(([i, j]) => edges[j * d + i] === 0)
    .map(
      ([i, j]) =>
        `${nodes[i]} → ${nodes[j]} (${networks.strengths[i * d + j].toPrecision(2)}) was left out: it makes a cycle with stronger edges`,
    );
  return { networks, graph: { kind: 'dag', nodes, edges }, warnings };
}

/**
 * Stable differentiable causal discovery: a first stage selects the inputs of each variable's network, a second forces out cycles by the spectral
 * radius of their strengths. Rows of an intervention do not count for its targets.
 *
 * @throws {EinlabError} `data`, for knowledge or interventions that do not fit the table.
 * @see Nazaret, Hong, Azizi and Blei 2024. Departs from it: the penalty grows with the steps, not with the epochs, because steps are what is budgeted.
 */
export async function sdcd(table: Table, options: SdcdOptions): Promise<Discovery> {
  const nodes = namesOf(table);
  const d = nodes.length;
  const knowledge = compileKnowledge(nodes, options.knowledge);
  if (options.interventions !== undefined) assertInterventions(options.interventions, table);
  const [first, second] = splitKey(options.key, 2);
  const mask = new Uint8Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++)
      if (i !== j && !isPairForbidden(knowledge, i, j) && knowledge.forbidden[i * d + j] === 0) mask[i * d + j] = 1;
  }
  const { selectionSteps = 800, selectAbove = 0.2 } = options;
  const selection = await fitMaskedNetworks(
    first,
    { ...dataOf(table, options.interventions), mask },
    { ...firstStage, steps: selectionSteps },
    { ...options, phase: 'selecting inputs' },
  );
  const kept = mask.map((entry, at) =>
    entry === 1 && (selection.strengths[at] > selectAbove || knowledge.required[at] === 1) ? 1 : 0,
  );
  const { networks, graph, warnings } = await maskedStage(table, kept, knowledge, { ...options, key: second });
  const test = fisherZ(table);
  return {
    method: 'sdcd',
    graph,
    scores: networks.strengths.map((value, at) => (graph.edges[at] === 1 ? value : 0)),
    scoreName: 'length of the input weights',
    absences: certifyAbsences(graph, test),
    weights: networks.strengths,
    warnings: [...warnings, ...test.warnings],
    evaluations: selectionSteps + (options.steps ?? 8000),
  };
}
