import { isStorage } from '../../../base/dtype.ts';
import { load } from '../../../kernels/expression.ts';
import { internNodes } from '../../../kernels/expression-graph.ts';
import type { LoopKernel, Store } from '../../../kernels/kernel.ts';
import { mergeLoopAxes } from '../../../program/merge-loop-axes.ts';
import { type LoopCall, withoutUnused } from './split-accumulations.ts';

/**
 * The same work where a sum of values that the kernel also stores is a kernel of its own, which reads them: one load in
 * place of all that the values are computed from. A store rounds nothing, so the sum is the same bits.
 */
export function sumsOfStored(call: LoopCall): LoopCall[] {
  const { kernel, reads, writes } = call;
  const { roots } = internNodes(kernel.stores.map(({ value }) => value));
  const storedAs = (sum: Store, n: number): Store | undefined =>
    kernel.stores.find(
      (store, m) => sum.accumulate && !store.accumulate && roots[m] === roots[n] && !isStorage(store.dtype),
    );
  const sources = kernel.stores.map(storedAs);
  if (sources.every((source) => source === undefined)) return [call];
  const operands = [...reads, ...writes];
  const kept = kernel.stores.filter((_, n) => sources[n] === undefined);
  const sums = kernel.stores.flatMap((sum, n): LoopCall[] => {
    const source = sources[n];
    if (source === undefined) return [];
    const { value: _, accumulate: __, ...place } = source;
    const summing: LoopKernel = {
      kind: 'loop',
      axes: kernel.axes,
      rowRank: 0,
      loads: [{ ...place, buffer: 0 }],
      folds: [],
      stores: [{ ...sum, buffer: 1, value: load(0, source.dtype) }],
    };
    return [{ kernel: mergeLoopAxes(summing), reads: [operands[source.buffer]], writes: [operands[sum.buffer]] }];
  });
  return [withoutUnused({ kernel: { ...kernel, stores: kept }, reads, writes }), ...sums];
}
