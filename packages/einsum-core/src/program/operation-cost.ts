import type { Expression } from '../kernels/expression.ts';
import { OPERATION_WEIGHTS } from '../kernels/operation-weights.ts';

/** Rough operation count of an expression, shared parts counted once; loads and constants are free. */
export function operationCost(root: Expression): number {
  const seen = new Set<Expression>();
  const visit = (node: Expression): number => {
    if (seen.has(node)) return 0;
    seen.add(node);
    return node.inputs.reduce((total, input) => total + visit(input), OPERATION_WEIGHTS[node.op] ?? 1);
  };
  return visit(root);
}
