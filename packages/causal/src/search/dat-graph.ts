import { EinlabError } from '@einlab/einsum-core';
import { foldIn } from '@einlab/numerics';
import { assertInterventions } from '../data/interventions.ts';
import { namesOf, type Table } from '../data/table.ts';
import { cpdagOf } from '../graph/cpdag.ts';
import type { Graph } from '../graph/graph.ts';
import { absencesOf } from './dat-absences.ts';
import { datCandidates } from './dat-candidates.ts';
import type { DatGraphOptions } from './dat-graph-options.ts';
import { directByFit } from './dat-hybrid.ts';
import { directByInterventions, orientByConstraints } from './dat-orient.ts';
import { type PairEvidence, type PairWork, type Tested, testLinearly, testNeurally } from './dat-pair-tests.ts';
import type { Discovery } from './discovery.ts';
import { compileKnowledge, isPairRequired } from './knowledge.ts';
import { networkNeighborhood } from './network-neighborhood.ts';
import { withKnowledge } from './settle.ts';

/** What DAT-Graph finds. */
export interface DatGraphResult extends Discovery {
  /** A DAG of the graph. */
  readonly dag: Graph;
  readonly cpdag: Graph;
  /** Every candidate pair with its evidence. */
  readonly pairs: readonly PairEvidence[];
  /** `f64[node, node]`, symmetric: scores of the adjacency tests, 0 for pairs that were no candidates. */
  readonly skeletonScores: Float64Array;
  /** `u8[node, node]`: what the tests left adjacent. */
  readonly skeleton: Uint8Array;
}

/** Below this ψᵢⱼ² + ψⱼᵢ² a common neighbor was left out of what separates a pair: the pair's edges collide in it. */
const colliderBelow = 0.2;

/** Members of each blanket, the strongest first. */
function blanketsOf(
  moral: Uint8Array,
  strengths: Float64Array,
  d: number,
  most: number,
): (i: number, j: number) => readonly number[] {
  const all = Array.from({ length: d }, (_, i) => {
    const found: number[] = [];
    for (let j = 0; j < d; j++) if (moral[i * d + j] === 1) found.push(j);
    return found.sort((a, b) => strengths[i * d + b] - strengths[i * d + a] || a - b);
  });
  return (i, j) =>
    all[i]
      .filter((node) => node !== j)
      .slice(0, most)
      .sort((a, b) => a - b);
}

/** Checks what a search could not survive. */
function assertUsable(table: Table): void {
  for (const { name, values } of table.columns) {
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new EinlabError(
        'data',
        `dat-graph: column ${JSON.stringify(name)} has ${values[bad]} in row ${bad + 1}; expected finite numbers`,
        { name },
      );
    if (values.every((value) => value === values[0]))
      throw new EinlabError(
        'data',
        `dat-graph: column ${JSON.stringify(name)} is always ${values[0]}; a constant has no cause and no effect: leave it out`,
        { name },
      );
  }
  if (table.columns.length < 2)
    throw new EinlabError('data', `dat-graph: there are ${table.columns.length} columns; expected at least 2`);
}

/**
 * DAT-Graph: neighborhoods by sparse regression, every neighboring pair tested for adjacency within them (all tests as one batched family), then
 * directed by interventions, separating sets and Meek's rules, or by a differentiable fit that only the tested skeleton may use.
 *
 * @throws {EinlabError} `data`, for columns that are constant or not finite, too few rows, and interventions or knowledge that do not fit the table.
 * @see Amin and Wilson 2024, section 4. Departs from it: the networks of the neighborhoods are small, and an additive regression in closed form adds the pairs
 *   that it finds strong; interventions direct edges by which marginals they change, because both then
 *   have a known error rate; edges that the data leave open stay open instead of being directed by lot.
 */
export async function datGraph(table: Table, options: DatGraphOptions): Promise<DatGraphResult> {
  assertUsable(table);
  const {
    interventions,
    test = 'neural',
    orientation = 'constraints',
    neighborhoods = test === 'neural' ? 'networks' : 'additive',
    candidateLevel = 1e-3,
    maxBlanket = 40,
  } = options;
  if (interventions !== undefined) assertInterventions(interventions, table);
  const nodes = namesOf(table);
  const d = nodes.length;
  const knowledge = compileKnowledge(nodes, options.knowledge);
  options.onProgress?.({ phase: 'neighborhoods', fraction: 0 });
  const importances =
    neighborhoods === 'networks'
      ? await networkNeighborhood(foldIn(options.key, 3), table, interventions, options.neighborhoodFit, options)
      : undefined;
  const { candidateStrength = importances === undefined ? 0.01 : 0.05, candidateImportance = 0.2 } = options;
  const limits = {
    level: candidateLevel,
    least: candidateStrength,
    ...(importances === undefined ? {} : { networks: { importances, least: candidateImportance } }),
  };
  const { moral, pValues, strengths, responds } = datCandidates(table, interventions, limits, knowledge);
  const pairs: [number, number][] = [];
  for (let i = 0; i < d; i++) {
    for (let j = i + 1; j < d; j++) if (moral[i * d + j] === 1 && !isPairRequired(knowledge, i, j)) pairs.push([i, j]);
  }
  const work: PairWork = {
    table,
    pairs,
    blanket: blanketsOf(moral, importances ?? strengths, d, maxBlanket),
    importances,
    options,
  };
  const { tested, warnings: testWarnings } =
    test === 'linear' ? testLinearly(work) : { tested: await testNeurally(work), warnings: new Set<string>() };

  const skeleton = Uint8Array.from(knowledge.required, (edge, at) =>
    edge === 1 || knowledge.required[(at % d) * d + Math.floor(at / d)] === 1 ? 1 : 0,
  );
  const skeletonScores = new Float64Array(d * d);
  const byPair = new Map<number, Tested>();
  for (const each of tested) {
    byPair.set(each.i * d + each.j, each);
    const score = Math.max(0, each.score);
    skeletonScores[each.i * d + each.j] = skeletonScores[each.j * d + each.i] = score;
    if (each.isAdjacent) skeleton[each.i * d + each.j] = skeleton[each.j * d + each.i] = 1;
  }
  const directed = directByInterventions(skeleton, nodes, responds, knowledge);
  const settled = orientByConstraints(skeleton, nodes, directed.knowledge, (i, k, j) => {
    // A pair that was no candidate has no common effect: such pairs predict each other given the effect.
    const found = byPair.get(i * d + j);
    return found !== undefined && found.kept(k) < colliderBelow;
  });
  const warnings = [...testWarnings, ...directed.dropped, ...settled.turned];
  let [graph, dag] = [settled.graph, settled.member];
  const absences = absencesOf({ nodes, skeleton, byPair, pValues, moral, knowledge, test });
  if (orientation === 'hybrid') {
    const mixed = await directByFit(table, { skeleton, knowledge: directed.knowledge, tested, options });
    graph = dag = mixed.graph;
    warnings.push(...mixed.warnings);
    absences.push(...mixed.absences);
  }
  const named = (set: readonly number[]): string[] => set.map((node) => nodes[node]);
  return {
    method: test === 'linear' ? 'dat-lin' : 'dat-graph',
    graph,
    dag,
    cpdag: orientation === 'hybrid' ? withKnowledge(cpdagOf(dag), directed.knowledge) : graph,
    scores: skeletonScores.map((score, at) => (graph.edges[at] === 1 ? score : 0)),
    scoreName:
      test === 'linear'
        ? '−log₁₀ p at the set that separates best'
        : 'what both directions explain together, in standard errors',
    absences,
    pattern: settled.pattern,
    warnings: warnings.slice(0, 200),
    evaluations: 2 * tested.length,
    pairs: tested.map(({ i, j, isAdjacent, score, set, evidence }) => ({
      between: [nodes[i], nodes[j]],
      isAdjacent,
      score,
      separatingSet: named(set),
      ...evidence,
    })),
    skeletonScores,
    skeleton,
  };
}
