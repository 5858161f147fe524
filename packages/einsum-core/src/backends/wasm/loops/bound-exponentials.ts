import type { Expression } from '../../../kernels/expression.ts';
import { internNodes } from '../../../kernels/expression-graph.ts';
import type { LoopKernel } from '../../../kernels/kernel.ts';
import { expBelowOne } from '../../../kernels/math/exp-below-one.ts';
import { fusesProducts } from '../emit/fuses-products.ts';
import type { LoopState } from './emit-vector.ts';
import type { Pass, PassPlan } from './plan-passes.ts';

/** What a pass may compute in another way in rows whose largest value is finite. */
export interface BoundExponentials {
  /** The fold that finds the largest value. */
  readonly fold: number;
  /** Exponentials of x − s, where s is the largest x of the row, in a form that takes no argument above 0. */
  readonly forms: ReadonlyMap<Expression, Expression>;
}

/**
 * Finds the exponentials of a pass whose argument is a number less the largest one of the row. Where the largest is not finite s is 0, and
 * nothing is known; so each row chooses. Kernels that look for extremes round each operation by itself, and so compute the same x in all passes.
 */
export function boundExponentials(
  kernel: LoopKernel,
  plan: PassPlan,
  pass: Pass,
  relaxed: boolean,
): BoundExponentials | undefined {
  const shifts = shiftSlots(kernel, plan);
  if (shifts.size === 0) return undefined;
  const isFused = relaxed && fusesProducts();
  const all = plan.passes.flatMap(({ folds }) => folds);
  const forms = new Map<Expression, Expression>();
  let bound: number | undefined;
  for (const node of nodesOf([...pass.folds, ...pass.stores, ...pass.scratch].map(({ value }) => value))) {
    const [argument] = node.inputs;
    if (node.op !== 'exp' || argument.op !== 'subtract') continue;
    const [x, shift] = argument.inputs;
    const found = shift.op === 'reduced' ? shifts.get(shift.value) : undefined;
    const folded = all.find(({ fold }) => fold === found)?.value;
    if (folded === undefined || !isSame(x, folded) || (bound ?? found) !== found) continue;
    bound = found;
    forms.set(node, expBelowOne(argument, isFused));
  }
  return bound === undefined ? undefined : { fold: bound, forms };
}

/** Pushes whether a fold is finite; all lanes of its slot are the same. */
export function pushIsFinite({ f, slots }: LoopState, fold: number): void {
  f.get(slots[fold]);
  f.lane('i32x4.extract_lane', 0);
  f.i32(INFINITY_BITS);
  f.op('i32.and');
  f.i32(INFINITY_BITS);
  f.op('i32.ne');
}

/** The exponent of infinities and NaN. */
const INFINITY_BITS = 0x7f800000;

/** The distinct nodes of expressions. */
function nodesOf(roots: readonly Expression[]): Set<Expression> {
  const nodes = new Set<Expression>();
  const visit = (node: Expression): void => {
    if (nodes.has(node)) return;
    nodes.add(node);
    node.inputs.forEach(visit);
  };
  roots.forEach(visit);
  return nodes;
}

/** Row slots that hold a row's largest value where it is finite and 0 elsewhere, and the fold that finds it. */
function shiftSlots({ folds }: LoopKernel, { passes }: PassPlan): Map<number, number> {
  const isZero = ({ op, value }: Expression): boolean => op === 'constant' && value === 0;
  const slots = new Map<number, number>();
  for (const { slot, value } of passes.flatMap(({ rowValues }) => rowValues)) {
    const [test, largest, other] = value.inputs;
    if (value.op !== 'select' || largest.op !== 'reduced' || folds[largest.value]?.operation !== 'largest') continue;
    const [product, zero] = test.inputs;
    if (test.op !== 'equal' || product.op !== 'multiply' || ![other, zero, product.inputs[1]].every(isZero)) continue;
    if (isSame(product.inputs[0], largest)) slots.set(slot, largest.value);
  }
  return slots;
}

function isSame(a: Expression, b: Expression): boolean {
  const { roots } = internNodes([a, b]);
  return roots[0] === roots[1];
}
