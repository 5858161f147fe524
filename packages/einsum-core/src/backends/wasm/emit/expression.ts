import type { DType } from '../../../base/dtype.ts';
import type { Expression } from '../../../kernels/expression.ts';
import { type ConstantPool, constantBits, pushConstant } from './expression-constants.ts';
import { internNodes } from '../../../kernels/expression-graph.ts';
import { isNotZero } from './expression-instructions.ts';
import { planSteps } from './expression-steps.ts';
import type { FunctionBuilder, Local } from './function-builder.ts';

export { type ConstantPool, hoistConstants, releaseConstants } from './expression-constants.ts';
export { packBool } from './expression-instructions.ts';

/**
 * Where the leaves of an expression come from. Each method pushes one vector: the values of the four current elements.
 * A bool may be pushed as memory words 0 and 1 or as a mask.
 */
export interface ExpressionContext {
  load(n: number, type: DType): void;
  index(axis: number): void;
  reduced(n: number): void;
}

/** How expressions are printed. */
export interface ExpressionOptions {
  /** The engine has relaxed SIMD, so `fma` becomes one instruction. */
  readonly relaxed: boolean;
  /** Whether a·b + c may be one instruction with one rounding, with relaxed SIMD; it may by default. */
  readonly contracts?: boolean;
  /** Constants made outside the loop, by `hoistConstants`; others are written inline, which is slow. */
  readonly constants?: ConstantPool;
}

/**
 * Emits the code that evaluates `roots` for four elements at a time, each distinct node once, structurally equal nodes
 * counting as one.
 *
 * Bools are masks in registers, all ones or all zeros: `packBool` makes them storable. A 16-bit number is its bits. u32 ↔ i32 conversion keeps the
 * bits; f32 to integers truncates and saturates, NaN → 0.
 *
 * @param roots - machine operations and leaves only: `lowerMath` comes first.
 * @returns one v128 local per root, each its own even where two roots are equal; the caller releases them.
 * @throws {EinlabError} when an operation does not exist for its input type, is an elementary function, or shifts by an
 *   amount that is not a constant.
 */
export function emitExpressions(
  f: FunctionBuilder,
  roots: readonly Expression[],
  context: ExpressionContext,
  options: ExpressionOptions,
): Local[] {
  return emitTogether(f, roots, [context], options)[0];
}

/**
 * As `emitExpressions`, for several vectors at once: each operation is written for all of them before the next one. A
 * constant that has no register left is then loaded once for all, and their chains of operations run side by side.
 *
 * @returns the locals of the roots for each context.
 */
export function emitTogether(
  f: FunctionBuilder,
  roots: readonly Expression[],
  contexts: readonly ExpressionContext[],
  options: ExpressionOptions,
): Local[][] {
  const graph = internNodes(roots);
  const steps = planSteps(graph, options).filter(({ id }) => graph.nodes[id].op !== 'constant');
  const uses = graph.nodes.map(() => 0);
  for (const { operands } of steps) for (const id of operands) uses[id] += 1;
  for (const id of graph.roots) uses[id] += 1;
  const locals = contexts.map(() => new Map<number, Local>());

  const push = (own: ReadonlyMap<number, Local>, id: number): void => {
    const local = own.get(id);
    if (local === undefined) pushConstant(f, constantBits(graph.nodes[id]), options.constants);
    else f.get(local);
  };
  const forget = (own: Map<number, Local>, id: number): void => {
    const local = own.get(id);
    if (local !== undefined) f.release(local);
    own.delete(id);
  };
  for (const { id, operands, write } of steps) {
    for (const operand of operands) uses[operand] -= 1;
    contexts.forEach((context, vector) => {
      const own = locals[vector];
      for (const operand of operands) push(own, operand);
      if (operands.length === 0) pushLeaf(f, graph.nodes[id], context);
      else write(f);
      for (const operand of operands) if (uses[operand] === 0) forget(own, operand);
      const local = f.local('v128');
      own.set(id, local);
      f.set(local);
    });
  }
  return locals.map((own) => {
    const taken = new Set<number>();
    return graph.roots.map((id) => {
      const local = own.get(id);
      if (local !== undefined && !taken.has(id)) {
        taken.add(id);
        return local;
      }
      const copy = f.local('v128');
      push(own, id);
      f.set(copy);
      return copy;
    });
  });
}

function pushLeaf(f: FunctionBuilder, node: Expression, context: ExpressionContext): void {
  if (node.op === 'load') context.load(node.value, node.type);
  else if (node.op === 'index') context.index(node.value);
  else context.reduced(node.value);
  if (node.type === 'bool') isNotZero(f);
}
