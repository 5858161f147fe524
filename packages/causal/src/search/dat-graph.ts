import { EinlabError } from '@einlab/einsum-core';
import { foldIn, type RandomKey, splitKey } from '@einlab/numerics';
import { correlationMatrix } from '../data/covariance.ts';
import { assertInterventions, type Interventions, isTargeted, targetedNodes } from '../data/interventions.ts';
import { namesOf, type Table } from '../data/table.ts';
import { cpdagOf } from '../graph/cpdag.ts';
import type { Graph } from '../graph/graph.ts';
import { datLinear } from '../independence/dat-linear.ts';
import { type DatOutcome, type DatTask, type DatTraining, fullTraining } from '../independence/dat-options.ts';
import { networkColumns, splitRows } from '../independence/dat-test.ts';
import { type Decision, decide, defaultDecision } from '../independence/decision.ts';
import { fisherZ } from '../independence/fisher-z.ts';
import { datCandidates } from './dat-candidates.ts';
import { directByInterventions, orientByConstraints } from './dat-orient.ts';
import { type DatCheckpoint, runDatPairs } from './dat-pairs.ts';
import { type AbsenceCertificate, assertNotAborted, type Discovery, type SearchControl } from './discovery.ts';
import {
  type CompiledKnowledge,
  compileKnowledge,
  isPairForbidden,
  isPairRequired,
  type Knowledge,
} from './knowledge.ts';
import { maskedStage } from './sdcd.ts';
import { withKnowledge } from './settle.ts';

/** How DAT-Graph searches. */
export interface DatGraphOptions extends SearchControl {
  readonly key: RandomKey;
  /** `neural` tests with networks; `linear` with the closed form and Fisher's test, in seconds. `neural` by default. */
  readonly test?: 'neural' | 'linear';
  /** `constraints` directs by separating sets; `hybrid` by a differentiable fit under the skeleton's mask. `constraints` by default. */
  readonly orientation?: 'constraints' | 'hybrid';
  readonly interventions?: Interventions;
  readonly knowledge?: Knowledge;
  /** Largest p-value of a candidate pair in the neighborhood regression; 0.001 by default. */
  readonly candidateLevel?: number;
  /** Least share of the remaining variance that a candidate explains in it; 0.01 by default, 0 keeps all that are significant. */
  readonly candidateStrength?: number;
  /** The most variables of a blanket that a test looks at; 40 by default, the strongest ones. */
  readonly maxBlanket?: number;
  readonly training?: DatTraining;
  readonly decision?: Decision;
  /** Level of the linear tests; 0.01 by default. */
  readonly alpha?: number;
  /** Tests trained together; 256 by default. */
  readonly chunk?: number;
  /** Where finished chunks are kept. */
  readonly checkpoint?: DatCheckpoint;
  /** Steps of the hybrid's fit; 8000 by default. */
  readonly hybridSteps?: number;
}

/** What is known about a candidate pair after its tests. */
export interface PairEvidence {
  readonly between: readonly [string, string];
  readonly isAdjacent: boolean;
  /** What both directions explain together, in standard errors; for linear tests −log₁₀ p. */
  readonly score: number;
  /** Σ max(0, variance explained)² over both directions, the score of the paper. */
  readonly paperScore?: number;
  readonly pValue?: number;
  readonly varianceExplained?: readonly [number, number];
  /** By name: the set at which the pair is nearest to independence. */
  readonly separatingSet: readonly string[];
}

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

/** A tested pair, by position. */
interface Tested {
  readonly i: number;
  readonly j: number;
  readonly isAdjacent: boolean;
  readonly score: number;
  readonly set: readonly number[];
  readonly evidence: Omit<PairEvidence, 'between' | 'isAdjacent' | 'score' | 'separatingSet'>;
  /** ψ of a member of the blankets, summed over both directions as ψ² + ψ². */
  readonly kept: (node: number) => number;
}

/** Below this ψᵢⱼ² + ψⱼᵢ² a common neighbor was left out of what separates a pair: the pair's edges collide in it. */
const colliderBelow = 0.2;

interface Work {
  readonly table: Table;
  readonly pairs: readonly (readonly [number, number])[];
  /** The blanket of i without j, by position. */
  readonly blanket: (i: number, j: number) => readonly number[];
  readonly options: DatGraphOptions;
}

/** The closed form on every pair. */
function testLinearly({ table, pairs, blanket, options }: Work): { tested: Tested[]; warnings: ReadonlySet<string> } {
  const { alpha = 0.01, key, onProgress, signal } = options;
  const size = table.columns.length;
  const correlations = correlationMatrix(table);
  const fisher = fisherZ(table);
  const enough = 0.5 / Math.sqrt(table.rows);
  const tested = pairs.map(([i, j], at): Tested => {
    if (at % 16 === 0) {
      assertNotAborted(signal);
      onProgress?.({ phase: `${pairs.length} linear adjacency tests`, fraction: at / pairs.length });
    }
    const sides = [
      [i, j],
      [j, i],
    ].map(([a, b]) => datLinear(correlations, size, a, b, blanket(a, b), foldIn(foldIn(key, a), b), { enough }));
    const best = Math.abs(sides[0].rho) <= Math.abs(sides[1].rho) ? sides[0] : sides[1];
    const { pValue } = fisher.run(i, j, best.set);
    return {
      i,
      j,
      isAdjacent: pValue <= alpha,
      score: -Math.log10(Math.max(pValue, 1e-300)),
      set: best.set,
      evidence: { pValue },
      kept: (node) => (best.set.includes(node) ? 1 : 0),
    };
  });
  return { tested, warnings: fisher.warnings };
}

/** Networks on every pair, both directions. */
async function testNeurally({ table, pairs, blanket, options }: Work): Promise<Tested[]> {
  const { interventions, decision = defaultDecision, chunk = 256 } = options;
  const [splitOwn, own] = splitKey(options.key, 2);
  const targets = interventions === undefined ? [] : targetedNodes(interventions);
  const d = table.columns.length;
  // An indicator column behind the others for each variable that is intervened on; it belongs to every set of that variable's pairs.
  const indicators =
    interventions === undefined ? [] : targets.map((node) => Float32Array.from(isTargeted(interventions, node)));
  const columns = [...networkColumns(table), ...indicators];
  const tasks = pairs.flatMap(([i, j]) =>
    [
      [i, j],
      [j, i],
    ].map(([x, y]): DatTask => {
      const always = [x, y].flatMap((node) => (targets.includes(node) ? [d + targets.indexOf(node)] : []));
      return { x, y, z: [...blanket(x, y), ...always], always };
    }),
  );
  const outcomes = await runDatPairs(tasks, {
    columns,
    split: splitRows(table.rows, 0.2, splitOwn),
    key: own,
    training: fullTraining(options.training),
    chunk,
    checkpoint: options.checkpoint,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  });
  return pairs.map(([i, j], at): Tested => {
    const sides = [outcomes[2 * at], outcomes[2 * at + 1]] as const;
    const { isAdjacent, score, strength, pValue } = decide(sides, decision);
    const better: DatOutcome = sides[0].varianceExplained <= sides[1].varianceExplained ? sides[0] : sides[1];
    const kept = (node: number): number =>
      sides.reduce((sum, { psi }, side) => {
        const m = tasks[2 * at + side].z.indexOf(node);
        return sum + (m < 0 ? 0 : psi[m] ** 2);
      }, 0);
    return {
      i,
      j,
      isAdjacent,
      score: strength,
      set: better.set.filter((node) => node < d),
      evidence: {
        paperScore: score,
        varianceExplained: [sides[0].varianceExplained, sides[1].varianceExplained],
        ...(pValue === undefined ? {} : { pValue }),
      },
      kept,
    };
  });
}

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
 * @see Amin and Wilson 2024, section 4. Departs from it: neighborhoods come from an additive regression in closed form with a level of significance
 *   instead of importances of networks with a fixed threshold, and interventions direct edges by which marginals they change, because both then
 *   have a known error rate; edges that the data leave open stay open instead of being directed by lot.
 */
export async function datGraph(table: Table, options: DatGraphOptions): Promise<DatGraphResult> {
  assertUsable(table);
  const {
    interventions,
    test = 'neural',
    orientation = 'constraints',
    candidateLevel = 1e-3,
    candidateStrength = 0.01,
    maxBlanket = 40,
  } = options;
  if (interventions !== undefined) assertInterventions(interventions, table);
  const nodes = namesOf(table);
  const d = nodes.length;
  const knowledge = compileKnowledge(nodes, options.knowledge);
  options.onProgress?.({ phase: 'neighborhoods', fraction: 0 });
  const limits = { level: candidateLevel, least: candidateStrength };
  const { moral, pValues, strengths, responds } = datCandidates(table, interventions, limits, knowledge);
  const pairs: [number, number][] = [];
  for (let i = 0; i < d; i++) {
    for (let j = i + 1; j < d; j++) if (moral[i * d + j] === 1 && !isPairRequired(knowledge, i, j)) pairs.push([i, j]);
  }
  const work: Work = { table, pairs, blanket: blanketsOf(moral, strengths, d, maxBlanket), options };
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

/** The hybrid: a differentiable fit that only the tested skeleton may use; what it drops is named. */
async function directByFit(
  table: Table,
  given: {
    readonly skeleton: Uint8Array;
    readonly knowledge: CompiledKnowledge;
    readonly tested: readonly Tested[];
    readonly options: DatGraphOptions;
  },
): Promise<{ graph: Graph; warnings: readonly string[]; absences: readonly AbsenceCertificate[] }> {
  const { skeleton, knowledge, tested, options } = given;
  const nodes = namesOf(table);
  const d = nodes.length;
  const mask = skeleton.map((entry, at) => (entry === 1 && knowledge.forbidden[at] === 0 ? 1 : 0));
  const steps = options.hybridSteps;
  const key = foldIn(options.key, 2);
  const {
    graph,
    networks,
    warnings: said,
  } = await maskedStage(table, mask, knowledge, { ...options, key, ...(steps === undefined ? {} : { steps }) });
  const warnings = [...said];
  const absences: AbsenceCertificate[] = [];
  for (const { i, j, isAdjacent, set, score } of tested) {
    const [forward, backward] = [i * d + j, j * d + i];
    if (!isAdjacent || graph.edges[forward] === 1 || graph.edges[backward] === 1) continue;
    const strength = Math.max(networks.strengths[forward], networks.strengths[backward]);
    warnings.push(
      `${nodes[i]} — ${nodes[j]} was dropped: the tests held it for adjacent, but the fit gives it only ${strength.toPrecision(2)}`,
    );
    absences.push({
      between: [nodes[i], nodes[j]],
      separatingSet: set.map((k) => nodes[k]),
      statistic: score,
      by: 'masked fit',
    });
  }
  return { graph, warnings, absences };
}

/** A certificate for each pair that the tests did not leave adjacent. */
function absencesOf(given: {
  readonly nodes: readonly string[];
  readonly skeleton: Uint8Array;
  readonly byPair: ReadonlyMap<number, Tested>;
  readonly pValues: Float64Array;
  readonly moral: Uint8Array;
  readonly knowledge: ReturnType<typeof compileKnowledge>;
  readonly test: string;
}): AbsenceCertificate[] {
  const { nodes, skeleton, byPair, pValues, moral, knowledge, test } = given;
  const d = nodes.length;
  const found: AbsenceCertificate[] = [];
  const blankets = nodes.map((_, i) => nodes.filter((__, k) => moral[i * d + k] === 1));
  for (let i = 0; i < d; i++) {
    for (let j = i + 1; j < d; j++) {
      if (skeleton[i * d + j] === 1) continue;
      const between = [nodes[i], nodes[j]] as const;
      const tested = byPair.get(i * d + j);
      if (tested !== undefined) {
        const { pValue } = tested.evidence;
        found.push({
          between,
          separatingSet: tested.set.map((k) => nodes[k]),
          statistic: tested.score,
          ...(pValue === undefined ? {} : { pValue }),
          by: test === 'linear' ? 'dat-lin' : 'dat',
        });
      } else if (isPairForbidden(knowledge, i, j)) found.push({ between, separatingSet: undefined, by: 'knowledge' });
      else {
        const blanket = blankets[i];
        found.push({
          between,
          separatingSet: blanket,
          statistic: -Math.log10(Math.max(pValues[i * d + j], 1e-300)),
          pValue: pValues[i * d + j],
          by: 'neighborhood regression',
        });
      }
    }
  }
  return found;
}
