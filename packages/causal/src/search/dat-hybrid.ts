import { foldIn } from '@einlab/numerics';
import { namesOf, type Table } from '../data/table.ts';
import type { Graph } from '../graph/graph.ts';
import type { DatGraphOptions } from './dat-graph-options.ts';
import type { Tested } from './dat-pair-tests.ts';
import type { AbsenceCertificate } from './discovery.ts';
import type { CompiledKnowledge } from './knowledge.ts';
import { maskedStage } from './sdcd.ts';

/** The hybrid: a differentiable fit that only the tested skeleton may use; what it drops is named. */
export async function directByFit(
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
