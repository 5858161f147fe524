import type { DType } from '../../../base/dtype.ts';
import { dtypeError, type EinlabError, optionError } from '../../../base/errors.ts';
import type { Expression, ExpressionOp, MachineOp } from '../../../kernels/expression.ts';
import type { FunctionBuilder, Local } from './function-builder.ts';
import type { SimpleOpcode } from './opcodes.ts';

/**
 * Where the leaves of an expression come from. Each method pushes one vector: the values of the four current elements.
 * A bool may be pushed as memory words 0 and 1 or as a mask.
 */
export interface ExpressionContext {
  load(n: number, type: DType): void;
  index(axis: number): void;
  reduced(n: number): void;
}

/** How expressions are printed. `relaxed`: the engine has relaxed SIMD, so `fma` becomes one instruction. */
export interface ExpressionOptions {
  readonly relaxed: boolean;
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
      pushConstant(f, node);
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

/** Turns the mask on the stack into the words 0 and 1 that memory holds for a bool. */
export function packBool(f: FunctionBuilder): void {
  f.i32x4(1);
  f.op('v128.and');
}

type Instruction = (f: FunctionBuilder) => void;

const ops =
  (...names: SimpleOpcode[]): Instruction =>
  (f) => {
    for (const name of names) f.op(name);
  };
const nothing: Instruction = () => {};
const isNotZero: Instruction = (f) => {
  f.i32x4(0);
  f.op('i32x4.ne');
};
const floatOnly = (name: SimpleOpcode): Partial<Record<DType, Instruction>> => ({ f32: ops(name) });
/** The same instruction whatever the 32 bits mean. */
const anyBits = (name: SimpleOpcode): Record<DType, Instruction> => ({
  f32: ops(name),
  i32: ops(name),
  u32: ops(name),
  bool: ops(name),
});
const integers = (name: SimpleOpcode): Partial<Record<DType, Instruction>> => ({ i32: ops(name), u32: ops(name) });
const bitwise = (name: SimpleOpcode): Partial<Record<DType, Instruction>> => ({ ...integers(name), bool: ops(name) });
/** A mask is the largest u32, so unsigned order puts false before true. */
const ordered = (name: 'lt' | 'le' | 'gt' | 'ge' | 'min' | 'max'): Record<DType, Instruction> => ({
  f32: ops(`f32x4.${name}`),
  i32: ops(`i32x4.${name}_s`),
  u32: ops(`i32x4.${name}_u`),
  bool: ops(`i32x4.${name}_u`),
});

/** What follows an operation's inputs on the stack, by the type of the first input. */
const INSTRUCTIONS: Readonly<Record<Exclude<MachineOp, CustomOp>, Partial<Record<DType, Instruction>>>> = {
  add: { ...floatOnly('f32x4.add'), ...integers('i32x4.add') },
  subtract: { ...floatOnly('f32x4.sub'), ...integers('i32x4.sub') },
  multiply: { ...floatOnly('f32x4.mul'), ...integers('i32x4.mul') },
  divide: floatOnly('f32x4.div'),
  minimum: ordered('min'),
  maximum: ordered('max'),
  negate: { ...floatOnly('f32x4.neg'), ...integers('i32x4.neg') },
  abs: { f32: ops('f32x4.abs'), i32: ops('i32x4.abs'), u32: nothing },
  sqrt: floatOnly('f32x4.sqrt'),
  floor: floatOnly('f32x4.floor'),
  ceil: floatOnly('f32x4.ceil'),
  round: floatOnly('f32x4.nearest'),
  truncate: floatOnly('f32x4.trunc'),
  and: bitwise('v128.and'),
  or: bitwise('v128.or'),
  xor: bitwise('v128.xor'),
  not: bitwise('v128.not'),
  equal: { ...anyBits('i32x4.eq'), f32: ops('f32x4.eq') },
  notEqual: { ...anyBits('i32x4.ne'), f32: ops('f32x4.ne') },
  less: ordered('lt'),
  lessEqual: ordered('le'),
  greater: ordered('gt'),
  greaterEqual: ordered('ge'),
  toFloat: {
    f32: nothing,
    i32: ops('f32x4.convert_i32x4_s'),
    u32: ops('f32x4.convert_i32x4_u'),
    bool: (f) => {
      f.f32x4(1);
      f.op('v128.and');
    },
  },
  toInt: { f32: ops('i32x4.trunc_sat_f32x4_s'), i32: nothing, u32: nothing, bool: packBool },
  toUint: { f32: ops('i32x4.trunc_sat_f32x4_u'), i32: nothing, u32: nothing, bool: packBool },
  toBool: {
    f32: (f) => {
      f.f32x4(0);
      f.op('f32x4.ne');
    },
    i32: isNotZero,
    u32: isNotZero,
    bool: nothing,
  },
  bitsToFloat: { f32: nothing, i32: nothing, u32: nothing, bool: packBool },
  bitsToInt: { f32: nothing, i32: nothing, u32: nothing, bool: packBool },
  bitsToUint: { f32: nothing, i32: nothing, u32: nothing, bool: packBool },
};

/** Operations whose instructions depend on more than the type of the first input. */
type CustomOp = 'fma' | 'select' | 'shiftLeft' | 'shiftRight';

function instructionFor(node: Expression): Instruction {
  const type = node.inputs[0].type;
  if (!(node.op in INSTRUCTIONS)) throw optionError(`${node.op} is not a machine operation; apply lowerMath first`);
  const instruction = INSTRUCTIONS[node.op as keyof typeof INSTRUCTIONS][type];
  if (instruction === undefined) throw missing(node.op, type);
  return instruction;
}

const missing = (op: ExpressionOp, type: DType): EinlabError =>
  dtypeError(`${op} does not exist for ${type}`, { op, type });

const isLeaf = (op: ExpressionOp): boolean => op === 'constant' || op === 'load' || op === 'index' || op === 'reduced';

function pushLeaf(f: FunctionBuilder, node: Expression, context: ExpressionContext): void {
  if (node.op === 'load') context.load(node.value, node.type);
  else if (node.op === 'index') context.index(node.value);
  else context.reduced(node.value);
  if (node.type === 'bool') isNotZero(f);
}

function pushConstant(f: FunctionBuilder, node: Expression): void {
  if (node.type === 'f32') f.f32x4(node.value);
  else if (node.type === 'bool') f.i32x4(node.value === 0 ? 0 : -1);
  else f.i32x4(node.value);
}

/** The distinct nodes of an expression graph, inputs before users; nodes are named by their position. */
interface NodeGraph {
  readonly nodes: readonly Expression[];
  readonly inputs: readonly (readonly number[])[];
  readonly roots: readonly number[];
}

/** Names nodes so that structurally equal ones share a name. */
function internNodes(roots: readonly Expression[]): NodeGraph {
  const nodes: Expression[] = [];
  const inputs: number[][] = [];
  const known = new Map<Expression, number>();
  const byStructure = new Map<string, number>();
  const visit = (node: Expression): number => {
    const seen = known.get(node);
    if (seen !== undefined) return seen;
    const children = node.inputs.map(visit);
    const value = Object.is(node.value, -0) ? '-0' : node.value;
    const key = `${node.op} ${node.type} ${value} ${children.join()}`;
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

/** How often each node is read, by other nodes and as a root. A shift's amount is part of the instruction. */
function countUses({ nodes, inputs, roots }: NodeGraph): number[] {
  const uses = nodes.map(() => 0);
  for (const list of inputs) for (const id of list) uses[id] += 1;
  for (const id of roots) uses[id] += 1;
  return uses;
}

/**
 * `a < b ? a : b` and its three siblings as one instruction: pmin(x, y) = y < x ? y : x, pmax(x, y) = x < y ? y : x.
 */
function orderedPair(
  graph: NodeGraph,
  [condition, whenTrue, whenFalse]: readonly number[],
): { opcode: 'f32x4.pmin' | 'f32x4.pmax'; first: number; second: number } | undefined {
  const { op } = graph.nodes[condition];
  if ((op !== 'less' && op !== 'greater') || graph.nodes[whenTrue].type !== 'f32') return undefined;
  const [left, right] = graph.inputs[condition];
  const [smaller, larger] = op === 'less' ? [left, right] : [right, left];
  if (whenTrue === smaller && whenFalse === larger) return { opcode: 'f32x4.pmin', first: larger, second: smaller };
  if (whenTrue === larger && whenFalse === smaller) return { opcode: 'f32x4.pmax', first: smaller, second: larger };
  return undefined;
}
