import { optionError } from '../../../base/errors.ts';
import type { Expression } from '../../../kernels/expression.ts';
import { type ConstantPool, constantBits, impliedWord, pushConstant } from './expression-constants.ts';
import { countUses, type NodeGraph } from '../../../kernels/expression-graph.ts';
import { orderedPair } from './ordered-pair.ts';
import { type Instruction, instructionFor, missing } from './expression-instructions.ts';

/** A node as the machine computes it: the nodes that it takes, in the order they are pushed, and what follows them. */
export interface Step {
  readonly id: number;
  readonly operands: readonly number[];
  readonly write: Instruction;
}

/** How steps are written. */
export interface StepOptions {
  readonly relaxed: boolean;
  readonly contracts?: boolean;
  readonly constants?: ConstantPool;
}

/** The steps that the roots need, operands before users. Leaves, constants among them, are steps without operands. */
export function planSteps(graph: NodeGraph, options: StepOptions): Step[] {
  const uses = countUses(graph);
  const steps = new Map<number, Step>();
  const visit = (id: number): void => {
    if (steps.has(id)) return;
    const step = { id, ...operation(graph, id, uses, options) };
    step.operands.forEach(visit);
    steps.set(id, step);
  };
  graph.roots.forEach(visit);
  return [...steps.values()];
}

const nothing: Instruction = () => {};

function operation(
  graph: NodeGraph,
  id: number,
  uses: readonly number[],
  { relaxed, contracts = true, constants }: StepOptions,
): Omit<Step, 'id'> {
  const node = graph.nodes[id];
  const operands = graph.inputs[id];
  if (operands.length === 0) return { operands, write: nothing };
  switch (node.op) {
    case 'fma':
      return fma(graph, node, operands, uses, relaxed);
    case 'add':
    case 'subtract': {
      const fused = relaxed && contracts ? fusedProduct(graph, node, operands, uses) : undefined;
      return fused ?? { operands, write: instructionFor(node) };
    }
    case 'shiftLeft':
    case 'shiftRight':
      return { operands: operands.slice(0, 1), write: shift(node) };
    case 'select': {
      const bound = orderedPair(graph, operands);
      // the comparison goes unused by this select; whatever else uses it computes it
      if (bound !== undefined) return { operands: [bound.first, bound.second], write: (f) => f.op(bound.opcode) };
      // v128.bitselect and relaxed_laneselect take (when true, when false, mask), and agree on masks
      const [condition, whenTrue, whenFalse] = operands;
      // zeros on one side are a bit operation, which takes a third of the time of choosing
      if (isZero(graph.nodes[whenTrue])) return { operands: [whenFalse, condition], write: (f) => f.op('v128.andnot') };
      if (isZero(graph.nodes[whenFalse])) return { operands: [whenTrue, condition], write: (f) => f.op('v128.and') };
      const opcode = relaxed ? 'i32x4.relaxed_laneselect' : 'v128.bitselect';
      return { operands: [whenTrue, whenFalse, condition], write: (f) => f.op(opcode) };
    }
    default: {
      const instruction = instructionFor(node);
      const implied = impliedWord(node);
      if (implied === undefined) return { operands, write: instruction };
      return {
        operands,
        write(f) {
          pushConstant(f, implied, constants);
          instruction(f);
        },
      };
    }
  }
}

/** Whether all bits of a constant are 0. */
const isZero = (node: Expression): boolean => node.op === 'constant' && constantBits(node) === 0;

function fma(
  graph: NodeGraph,
  node: Expression,
  [a, b, c]: readonly number[],
  uses: readonly number[],
  relaxed: boolean,
): Omit<Step, 'id'> {
  if (node.type !== 'f32') throw missing(node.op, node.type);
  // −a·b + c has its own instruction; the negation is left to it where nothing else needs it
  const negated = graph.nodes[a].op === 'negate' && uses[a] === 1;
  const factor = negated ? graph.inputs[a][0] : a;
  if (relaxed) {
    const opcode = negated ? 'f32x4.relaxed_nmadd' : 'f32x4.relaxed_madd';
    return { operands: [factor, b, c], write: (f) => f.op(opcode) };
  }
  return {
    operands: [c, factor, b],
    write(f) {
      f.op('f32x4.mul');
      f.op(negated ? 'f32x4.sub' : 'f32x4.add');
    },
  };
}

/** a·b + c, c + a·b and c − a·b as one instruction with one rounding, where nothing else needs the product. */
function fusedProduct(
  graph: NodeGraph,
  { op, type }: Expression,
  [left, right]: readonly number[],
  uses: readonly number[],
): Omit<Step, 'id'> | undefined {
  if (type !== 'f32') return undefined;
  const isProduct = (id: number): boolean => graph.nodes[id].op === 'multiply' && uses[id] === 1;
  if (isProduct(right)) {
    const opcode = op === 'add' ? 'f32x4.relaxed_madd' : 'f32x4.relaxed_nmadd';
    return { operands: [...graph.inputs[right], left], write: (f) => f.op(opcode) };
  }
  if (op === 'subtract' || !isProduct(left)) return undefined;
  return { operands: [...graph.inputs[left], right], write: (f) => f.op('f32x4.relaxed_madd') };
}

function shift(node: Expression): Instruction {
  const amount = node.inputs[1];
  if (amount.op !== 'constant') {
    throw optionError(`${node.op}: the amount is a ${amount.op}; expected a constant`, { amount });
  }
  return (f) => {
    f.i32(amount.value);
    if (node.op === 'shiftLeft') return f.op('i32x4.shl');
    f.op(node.type === 'i32' ? 'i32x4.shr_s' : 'i32x4.shr_u');
  };
}
