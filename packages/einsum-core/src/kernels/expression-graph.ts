import { numberText } from '../base/number-text.ts';
import type { Expression } from './expression.ts';

/** The distinct nodes of an expression graph, inputs before users; nodes are named by their position. */
export interface NodeGraph {
  readonly nodes: readonly Expression[];
  readonly inputs: readonly (readonly number[])[];
  readonly roots: readonly number[];
}

/** Names nodes so that structurally equal ones share a name. */
export function internNodes(roots: readonly Expression[]): NodeGraph {
  const nodes: Expression[] = [];
  const inputs: number[][] = [];
  const known = new Map<Expression, number>();
  const byStructure = new Map<string, number>();
  const visit = (node: Expression): number => {
    const seen = known.get(node);
    if (seen !== undefined) return seen;
    const children = node.inputs.map(visit);
    const key = `${node.op} ${node.type} ${numberText(node.value)} ${children.join()}`;
    let id = byStructure.get(key);
    if (id === undefined) {
      id = nodes.push(node) - 1;
      inputs.push(children);
      byStructure.set(key, id);
    }
    known.set(node, id);
    return id;
  };
  return { roots: roots.map(visit), nodes, inputs };
}

/** How often each node is read, by other nodes and as a root. */
export function countUses({ nodes, inputs, roots }: NodeGraph): number[] {
  const uses = nodes.map(() => 0);
  for (const list of inputs) for (const id of list) uses[id] += 1;
  for (const id of roots) uses[id] += 1;
  return uses;
}
