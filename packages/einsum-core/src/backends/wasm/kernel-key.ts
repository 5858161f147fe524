import { numberText } from '../../base/number-text.ts';
import type { Expression } from '../../kernels/expression.ts';
import type { Kernel } from '../../kernels/kernel.ts';

/** A text that two kernels share exactly when they are the same function of their buffers. Shared expressions are written once. */
export function kernelKey(kernel: Kernel): string {
  if (kernel.kind === 'contract' && kernel.epilogue !== undefined) {
    const { epilogue, ...contraction } = kernel;
    return `${JSON.stringify(contraction)} ${kernelKey(epilogue)}`;
  }
  if (kernel.kind !== 'loop') return JSON.stringify(kernel);
  const ids = new Map<Expression, number>();
  const nodes: string[] = [];
  const idOf = (node: Expression): number => {
    const known = ids.get(node);
    if (known !== undefined) return known;
    const inputs = node.inputs.map(idOf);
    nodes.push(`${node.op} ${node.type} ${numberText(node.value)} ${inputs.join()}`);
    ids.set(node, nodes.length - 1);
    return nodes.length - 1;
  };
  const folds = kernel.folds.map(({ operation, value }) => [operation, idOf(value)]);
  const stores = kernel.stores.map((store) => ({ ...store, value: idOf(store.value) }));
  return JSON.stringify([kernel.axes, kernel.rowRank, kernel.loads, folds, stores, nodes]);
}
