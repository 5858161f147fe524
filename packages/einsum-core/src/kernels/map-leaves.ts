import type { Expression } from './expression.ts';

/** A function that rebuilds expressions with `replace` applied to their leaves. What is shared stays shared, also between roots. */
export function mapLeaves(replace: (leaf: Expression) => Expression): (root: Expression) => Expression {
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
