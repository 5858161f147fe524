import type { DType } from '../../../base/dtype.ts';
import { optionError } from '../../../base/errors.ts';
import type { Expression, ExpressionOp } from '../../../kernels/expression.ts';
import {
  type ConstantPool,
  constantBits,
  FLOAT_ONE_BITS,
  isMaskToFloat,
  pushConstant,
} from './expression-constants.ts';
import { countUses, internNodes, orderedPair } from './expression-graph.ts';
import { instructionFor, isNotZero, missing } from './expression-instructions.ts';
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
  /** Constants made outside the loop, by `hoistConstants`; others are written inline, which is slow. */
  readonly constants?: ConstantPool;
}

/**
 * Emits the code that evaluates `roots` for four elements at a time, each distinct node once, structurally equal nodes
 * counting as one.
 *
 * Bools are masks in registers, all ones or all zeros: `packBool` makes them storable. u32 ↔ i32 conversion keeps the
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
  const graph = internNodes(roots);
  const uses = countUses(graph);
  const locals: (Local | undefined)[] = graph.nodes.map(() => undefined);

  const release = (id: number): void => {
    uses[id] -= 1;
    const local = locals[id];
    if (uses[id] > 0 || local === undefined) return;
    f.release(local);
    locals[id] = undefined;
  };
  /** Pushes the value of a node: from its local where it has one, else by computing it. */
  const push = (id: number): void => {
    const node = graph.nodes[id];
    const local = locals[id];
    if (local !== undefined) {
      f.get(local);
    } else if (node.op === 'constant') {
      pushConstant(f, constantBits(node), options.constants);
    } else {
      compute(id);
      if (uses[id] > 1) f.tee((locals[id] = f.local('v128')));
    }
    release(id);
  };
  const compute = (id: number): void => {
    const node = graph.nodes[id];
    const inputs = graph.inputs[id];
    if (isLeaf(node.op)) return pushLeaf(f, node, context);
    if (node.op === 'fma') return pushFma(node, inputs);
    if (node.op === 'shiftLeft' || node.op === 'shiftRight') return pushShift(node, inputs[0]);
    const bound = node.op === 'select' ? orderedPair(graph, inputs) : undefined;
    if (bound !== undefined) {
      // The comparison goes unused by this select; whatever else uses it computes it.
      push(bound.first);
      push(bound.second);
      f.op(bound.opcode);
      return drop(inputs[0]);
    }
    if (node.op === 'select') {
      // v128.bitselect and relaxed_laneselect take (when true, when false, mask), and agree on masks.
      push(inputs[1]);
      push(inputs[2]);
      push(inputs[0]);
      return f.op(options.relaxed ? 'i32x4.relaxed_laneselect' : 'v128.bitselect');
    }
    for (const input of inputs) push(input);
    if (isMaskToFloat(node)) pushConstant(f, FLOAT_ONE_BITS, options.constants);
    instructionFor(node)(f);
  };
  /** Forgets one use of a node without computing it, and, if it was the last, those of its inputs. */
  const drop = (id: number): void => {
    const wasComputed = locals[id] !== undefined;
    release(id);
    if (uses[id] === 0 && !wasComputed) for (const input of graph.inputs[id]) drop(input);
  };
  const pushFma = (node: Expression, [a, b, c]: readonly number[]): void => {
    if (node.type !== 'f32') throw missing(node.op, node.type);
    // −a·b + c has its own instruction; the negation is left to it where nothing else needs it.
    const negated = graph.nodes[a].op === 'negate' && uses[a] === 1 && locals[a] === undefined;
    const factor = negated ? graph.inputs[a][0] : a;
    if (!options.relaxed && negated) push(c);
    push(factor);
    push(b);
    if (negated) release(a);
    if (options.relaxed) {
      push(c);
      return f.op(negated ? 'f32x4.relaxed_nmadd' : 'f32x4.relaxed_madd');
    }
    f.op('f32x4.mul');
    if (!negated) push(c);
    f.op(negated ? 'f32x4.sub' : 'f32x4.add');
  };
  const pushShift = (node: Expression, input: number): void => {
    const amount = node.inputs[1];
    if (amount.op !== 'constant') {
      throw optionError(`${node.op}: the amount is a ${amount.op}; expected a constant`, { amount });
    }
    push(input);
    f.i32(amount.value);
    if (node.op === 'shiftLeft') return f.op('i32x4.shl');
    f.op(node.type === 'i32' ? 'i32x4.shr_s' : 'i32x4.shr_u');
  };

  return graph.roots.map((id) => {
    push(id);
    const result = f.local('v128');
    f.set(result);
    return result;
  });
}

const isLeaf = (op: ExpressionOp): boolean => op === 'constant' || op === 'load' || op === 'index' || op === 'reduced';

function pushLeaf(f: FunctionBuilder, node: Expression, context: ExpressionContext): void {
  if (node.op === 'load') context.load(node.value, node.type);
  else if (node.op === 'index') context.index(node.value);
  else context.reduced(node.value);
  if (node.type === 'bool') isNotZero(f);
}
