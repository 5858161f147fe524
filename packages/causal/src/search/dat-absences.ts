import type { Tested } from './dat-pair-tests.ts';
import type { AbsenceCertificate } from './discovery.ts';
import { type CompiledKnowledge, isPairForbidden } from './knowledge.ts';

/** A certificate for each pair that the tests did not leave adjacent. */
export function absencesOf(given: {
  readonly nodes: readonly string[];
  readonly skeleton: Uint8Array;
  readonly byPair: ReadonlyMap<number, Tested>;
  readonly pValues: Float64Array;
  readonly moral: Uint8Array;
  readonly knowledge: CompiledKnowledge;
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
