import { encode16 } from '@einlab/numerics/sixteen-bit';
import { isStorage } from '../../../base/dtype.ts';
import type { Expression } from '../../../kernels/expression.ts';
import { internNodes } from '../../../kernels/expression-graph.ts';
import type { FunctionBuilder, Local } from './function-builder.ts';

/** Locals that hold the constants of expressions, by their 32 bits. */
export type ConstantPool = ReadonlyMap<number, Local>;

/**
 * Emits code that puts the constants of `roots` into v128 locals, to be written before the loop that evaluates them.
 * V8 builds an inline vector constant anew, in three instructions: e^x takes 3.6 times as long with them inline.
 *
 * @returns the pool to give to `emitExpressions`, and to `releaseConstants` after the loop.
 */
export function hoistConstants(f: FunctionBuilder, roots: readonly Expression[]): ConstantPool {
  const pool = new Map<number, Local>();
  for (const bits of vectorConstants(roots)) {
    // One instruction makes these from nothing.
    if (bits === 0 || bits === ALL_ONES || pool.has(bits)) continue;
    const local = f.local('v128');
    f.i32x4(bits);
    f.set(local);
    pool.set(bits, local);
  }
  return pool;
}

/** Gives the pool's locals back. */
export function releaseConstants(f: FunctionBuilder, pool: ConstantPool): void {
  for (const local of pool.values()) f.release(local);
}

/** Pushes a vector of four words: from the pool where it is there, else inline. */
export function pushConstant(f: FunctionBuilder, bits: number, pool: ConstantPool | undefined): void {
  const local = pool?.get(bits);
  if (local === undefined) f.i32x4(bits);
  else f.get(local);
}

/** The word that a constant is in a register; a bool is a mask. */
export function constantBits({ type, value }: Expression): number {
  if (type === 'f32') return new Uint32Array(Float32Array.of(value).buffer)[0];
  if (isStorage(type)) return encode16(type, value);
  if (type === 'bool') return value === 0 ? 0 : ALL_ONES;
  return value >>> 0;
}

const ALL_ONES = 0xffffffff;
const FLOAT_ONE = 0x3f800000;
const SIGN = 0x80000000;

/**
 * The word that an operation is combined with besides its inputs: 1.0 that makes a number of a mask, the sign of a number
 * for its negation and its magnitude. V8 makes these words anew for `f32x4.neg` and `f32x4.abs`, in three instructions.
 */
export function impliedWord({ op, inputs }: Expression): number | undefined {
  const type = inputs[0]?.type;
  if (op === 'toFloat' && type === 'bool') return FLOAT_ONE;
  if (type !== 'f32') return undefined;
  if (op === 'negate') return SIGN;
  return op === 'abs' ? SIGN - 1 : undefined;
}

/** The words that code for `roots` pushes; the amount of a shift is not a vector. */
function* vectorConstants(roots: readonly Expression[]): Iterable<number> {
  const graph = internNodes(roots);
  const ofNode = (node: Expression): number[] => (node.op === 'constant' ? [constantBits(node)] : []);
  for (const id of graph.roots) yield* ofNode(graph.nodes[id]);
  for (const node of graph.nodes) {
    const implied = impliedWord(node);
    if (implied !== undefined) yield implied;
    const isShift = node.op === 'shiftLeft' || node.op === 'shiftRight';
    for (const input of isShift ? node.inputs.slice(0, 1) : node.inputs) yield* ofNode(input);
  }
}
