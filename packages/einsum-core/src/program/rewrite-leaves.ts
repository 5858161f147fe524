import type { Expression } from '../kernels/expression.ts';

/** Rebuilds expressions bottom-up with `replace` applied to leaves, keeping shared nodes shared. */
export function rewriteLeaves(replace: (leaf: Expression) => Expression): (root: Expression) => Expression {
  const done = new Map<Expression, Expression>();
  const rewrite = (node: Expression): Expression => {
    const known = done.get(node);
    if (known !== undefined) return known;
    const inputs = node.inputs.map(rewrite);
    const result =
      node.inputs.length === 0
        ? replace(node)
        : inputs.every((input, i) => input === node.inputs[i])
          ? node
          : { ...node, inputs };
    done.set(node, result);
    return result;
  };
  return rewrite;
}

/** The distinct leaves of expressions. */
export function leavesOf(roots: Iterable<Expression>): Set<Expression> {
  const leaves = new Set<Expression>();
  const seen = new Set<Expression>();
  const visit = (node: Expression): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.inputs.length === 0) leaves.add(node);
    node.inputs.forEach(visit);
  };
  for (const root of roots) visit(root);
  return leaves;
}
