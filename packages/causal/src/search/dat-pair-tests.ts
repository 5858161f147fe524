import { foldIn, splitKey } from '@einlab/numerics';
import { correlationMatrix } from '../data/covariance.ts';
import { isTargeted, targetedNodes } from '../data/interventions.ts';
import type { Table } from '../data/table.ts';
import { datLinear } from '../independence/dat-linear.ts';
import { type DatOutcome, type DatTask, fullTraining } from '../independence/dat-options.ts';
import { networkColumns, splitRows } from '../independence/dat-test.ts';
import { decide, defaultDecision, weightedDecision } from '../independence/decision.ts';
import { fisherZ } from '../independence/fisher-z.ts';
import type { DatGraphOptions } from './dat-graph-options.ts';
import { runDatPairs } from './dat-pairs.ts';
import { assertNotAborted } from './discovery.ts';

/** What is known about a candidate pair after its tests. */
export interface PairEvidence {
  readonly between: readonly [string, string];
  readonly isAdjacent: boolean;
  /** The evidence for the edge in standard errors, see `PairDecision`; for linear tests −log₁₀ p. */
  readonly score: number;
  /** What both directions explain together, in standard errors, at the set that separates better. */
  readonly strength?: number;
  /** What the neighborhoods' networks use of one for the other. */
  readonly importance?: number;
  /** Σ max(0, variance explained)² over both directions, the score of the paper. */
  readonly paperScore?: number;
  readonly pValue?: number;
  readonly varianceExplained?: readonly [number, number];
  /** By name: the set at which the pair is nearest to independence. */
  readonly separatingSet: readonly string[];
}

/** A tested pair, by position. */
export interface Tested {
  readonly i: number;
  readonly j: number;
  readonly isAdjacent: boolean;
  readonly score: number;
  readonly set: readonly number[];
  readonly evidence: Omit<PairEvidence, 'between' | 'isAdjacent' | 'score' | 'separatingSet'>;
  /** ψ of a member of the blankets, summed over both directions as ψ² + ψ². */
  readonly kept: (node: number) => number;
}

/** Candidate pairs and what they are tested with. */
export interface PairWork {
  readonly table: Table;
  readonly pairs: readonly (readonly [number, number])[];
  /** The blanket of i without j, by position. */
  readonly blanket: (i: number, j: number) => readonly number[];
  readonly importances?: Float64Array | undefined;
  readonly options: DatGraphOptions;
}

/** The closed form on every pair. */
export function testLinearly({ table, pairs, blanket, options }: PairWork): {
  tested: Tested[];
  warnings: ReadonlySet<string>;
} {
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
export async function testNeurally({ table, pairs, blanket, importances, options }: PairWork): Promise<Tested[]> {
  const { interventions, chunk = 256 } = options;
  const { decision = importances === undefined ? defaultDecision : weightedDecision } = options;
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
    const importance = importances?.[i * d + j];
    const { isAdjacent, score, strength, evidence, at: place, pValue } = decide(sides, decision, importance);
    const better: DatOutcome = sides[0].varianceExplained <= sides[1].varianceExplained ? sides[0] : sides[1];
    // All of z was kept where it is what separates.
    const kept = (node: number): number =>
      sides.reduce((sum, { psi }, side) => {
        const m = tasks[2 * at + side].z.indexOf(node);
        if (m < 0) return sum;
        return sum + (place === 'whole' ? 1 : psi[m] ** 2);
      }, 0);
    return {
      i,
      j,
      isAdjacent,
      score: evidence,
      set: (place === 'whole' ? tasks[2 * at].z : better.set).filter((node) => node < d),
      evidence: {
        strength,
        ...(importance === undefined ? {} : { importance }),
        paperScore: score,
        varianceExplained: [sides[0].varianceExplained, sides[1].varianceExplained],
        ...(pValue === undefined ? {} : { pValue }),
      },
      kept,
    };
  });
}
