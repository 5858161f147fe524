import type { Expression } from './expression.ts';
import type { LoopKernel } from './kernel.ts';

/** Axes whose coordinate one of the kernel's expressions asks for. */
export function indexedAxes(kernel: LoopKernel): ReadonlySet<number> {
  const axes = new Set<number>();
  const seen = new Set<Expression>();
  const visit = (node: Expression): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.op === 'index') axes.add(node.value);
    node.inputs.forEach(visit);
  };
  for (const { value } of [...kernel.folds, ...kernel.stores]) visit(value);
  return axes;
}
