import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { compile, isTensor, treeLeaves } from '@einlab/einsum-core';
import { addRoutingSums, isMixture, measureRouting, type RoutingTotals } from '@einlab/moe';
import { isStructuredMap } from '@einlab/nn';
import type { RoutingRecord } from './result.ts';
import type { PreparedRun } from './task.ts';

/** Where the records of an unfinished run are kept: beside its checkpoint, and gone with it. */
export const routingLogOf = (checkpoint: string): string => `${checkpoint}.routing.jsonl`;

/** Measures the routing of a run on the way. */
export interface RoutingLog<Model, Batch> {
  /** @throws {EinlabError} `data` where a router's logits are not numbers, naming the layer */
  measure(step: number, model: Model, batches: readonly Batch[]): Promise<void>;
  /** By rising steps, each once, those from before an interruption too. */
  records(): readonly RoutingRecord[];
  dispose(): void;
}

/** The log of a model with mixtures of experts; undefined for a model without. */
export function routingLog<Model extends object, Batch>(
  { model, routing }: PreparedRun<Model, Batch>,
  checkpoint: string,
): RoutingLog<Model, Batch> | undefined {
  if (!treeLeaves(model).some((leaf) => isStructuredMap(leaf) && isMixture(leaf))) return undefined;
  const path = routingLogOf(checkpoint);
  const found = new Map<number, RoutingRecord>();
  // a line is whole or was cut off by a crash, and then its step is made again
  for (const line of existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []) {
    const record = JSON.parse(line) as RoutingRecord;
    found.set(record.step, record);
  }
  const compiled = compile((at: Model, batch: Batch) => routing(at, batch));
  return {
    async measure(step, at, batches) {
      let totals: Readonly<Record<string, RoutingTotals>> = {};
      for (const batch of batches) {
        const sums = await compiled(at, batch);
        totals = await addRoutingSums(sums, totals);
        for (const leaf of treeLeaves(sums)) if (isTensor(leaf)) leaf.dispose();
      }
      const record = { step, layers: measureRouting(totals) };
      found.set(step, record);
      appendFileSync(path, `${JSON.stringify(record)}\n`);
    },
    records: () => [...found.values()].sort((a, b) => a.step - b.step),
    dispose: () => compiled.dispose(),
  };
}
