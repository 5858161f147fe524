import type { Tensor } from '../tensor/tensor.ts';

/**
 * Every tensor that the roots are computed from, each after its inputs. Iterative: graphs of long loops are deeper than
 * the call stack. What `ends` are computed from is left out.
 */
export function topologicalOrder(roots: readonly Tensor[], ends?: ReadonlySet<Tensor>): Tensor[] {
  const order: Tensor[] = [];
  const state = new Map<Tensor, 'entered' | 'done'>();
  const stack: Tensor[] = [...roots].reverse();
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const seen = state.get(node);
    if (seen === 'done') continue;
    if (seen === 'entered') {
      state.set(node, 'done');
      order.push(node);
      continue;
    }
    state.set(node, 'entered');
    stack.push(node);
    if (node.origin.kind === 'operation' && ends?.has(node) !== true) {
      for (let i = node.origin.inputs.length - 1; i >= 0; i--) {
        if (!state.has(node.origin.inputs[i])) stack.push(node.origin.inputs[i]);
      }
    }
  }
  return order;
}

/** The tensors of `order` that depend on one of `sources`, sources included. */
export function dependentOn(order: readonly Tensor[], sources: readonly Tensor[]): Set<Tensor> {
  const dependent = new Set<Tensor>(sources);
  for (const node of order) {
    if (node.origin.kind === 'operation' && node.origin.inputs.some((input) => dependent.has(input)))
      dependent.add(node);
  }
  return dependent;
}
