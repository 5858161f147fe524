import type { Expression } from '../../../kernels/expression.ts';
import type { LoopKernel } from '../../../kernels/kernel.ts';
import { leavesOf } from '../../../program/rewrite-leaves.ts';
import { emitExpressions } from '../emit/expression.ts';
import type { Local } from '../emit/function-builder.ts';
import { emitStore, LANES, type LoopState, vectorContext, type VectorPlace } from './emit-vector.ts';
import type { Pass } from './plan-passes.ts';
import { VECTOR_BYTES } from './row-loops.ts';

/**
 * What a pass computes where one column of a row is singled out by its number, as a label singles out a class: the pass as
 * it is for all other columns, and what involves that one.
 */
export interface OneHot {
  /** Row slot that holds the column's number, which may lie outside the row. */
  readonly slot: number;
  readonly others: Pass;
  /** Sums of what is 0 in all other columns. */
  readonly folds: Pass['folds'];
  /** Stores that have another value in that column. */
  readonly stores: Pass['stores'];
}

/** The pass with a column singled out; undefined where none is, or something else depends on it. */
export function findOneHot(kernel: LoopKernel, firstExtra: number, pass: Pass): OneHot | undefined {
  const last = kernel.axes.length - 1;
  if (kernel.rowRank !== last) return undefined;
  const slots = new Set<number>();
  const slotOf = maskSlots(last, slots);
  const hot = (items: Pass['stores']): Pass['stores'] => items.filter(({ value }) => holds(value, slotOf));
  const [folds, stores] = [pass.folds.filter(({ value }) => holds(value, slotOf)), hot(pass.stores)];
  const [slot] = slots;
  if (slots.size !== 1 || pass.scratch.some(({ value }) => holds(value, slotOf))) return undefined;

  const isPick = ({ fold, value }: Pass['folds'][number]): boolean =>
    kernel.folds[fold].operation === 'sum' &&
    value.op === 'select' &&
    slotOf(value.inputs[0]) !== undefined &&
    !holds(value.inputs[1], slotOf) &&
    value.inputs[2].op === 'constant' &&
    value.inputs[2].value === 0;
  const elsewhere = withoutMask(slotOf);
  const otherwise = stores.map(({ value }) => elsewhere(value));
  const isInOrder = [...leavesOf([...folds, ...stores].map(({ value }) => value))].every(
    (leaf) => leaf.op !== 'load' || leaf.value >= firstExtra || [0, 1].includes(kernel.loads[leaf.value].strides[last]),
  );
  const canStore = stores.every(
    ({ store }) => !kernel.stores[store].accumulate && kernel.stores[store].strides[last] === 1,
  );
  if (!folds.every(isPick) || !isInOrder || !canStore || otherwise.includes(undefined)) return undefined;
  const others: Pass = {
    ...pass,
    folds: pass.folds.filter((fold) => !folds.includes(fold)),
    stores: pass.stores.map((item) => ({
      ...item,
      value: stores.includes(item) ? (otherwise[stores.indexOf(item)] ?? item.value) : item.value,
    })),
  };
  return { slot, others, folds, stores };
}

type SlotOf = (node: Expression) => number | undefined;

/** Tells the slot of a node that compares the column's number with a row's value, and collects those slots. */
function maskSlots(last: number, slots: Set<number>): SlotOf {
  return ({ op, inputs }) => {
    if (op !== 'equal') return undefined;
    const isColumn = inputs.map((input) => input.op === 'index' && input.value === last);
    const row = isColumn[0] ? inputs[1] : inputs[0];
    if (isColumn[0] === isColumn[1] || row.op !== 'reduced') return undefined;
    slots.add(row.value);
    return row.value;
  };
}

/** Whether an expression holds a mask anywhere. */
function holds(root: Expression, slotOf: SlotOf): boolean {
  const seen = new Set<Expression>();
  const visit = (node: Expression): boolean => {
    if (seen.has(node)) return false;
    seen.add(node);
    // all are visited, so that every slot is seen
    return [slotOf(node) !== undefined, ...node.inputs.map(visit)].includes(true);
  };
  return visit(root);
}

/** The expression where the mask is false; undefined where the mask is more than the condition of a selection. */
function withoutMask(slotOf: SlotOf): (node: Expression) => Expression | undefined {
  const memo = new Map<Expression, Expression | undefined>();
  const rewrite = (node: Expression): Expression | undefined => {
    if (memo.has(node)) return memo.get(node);
    const result = find(node);
    memo.set(node, result);
    return result;
  };
  const find = (node: Expression): Expression | undefined => {
    if (slotOf(node) !== undefined) return undefined;
    if (node.op === 'select' && slotOf(node.inputs[0]) !== undefined) return rewrite(node.inputs[2]);
    const inputs = node.inputs.flatMap((input) => rewrite(input) ?? []);
    if (inputs.length < node.inputs.length) return undefined;
    return inputs.every((input, i) => input === node.inputs[i]) ? node : { ...node, inputs };
  };
  return rewrite;
}

/**
 * Computes the vector that holds the singled-out column, and puts its sums into their slots: in front of the pass, which
 * may overwrite what the vector reads.
 *
 * @returns writes the code that stores the vector, behind the pass.
 */
export function emitOneHot(state: LoopState, { slot, folds, stores }: OneHot): () => void {
  const { f, kernel, constants, relaxed, contracts, cursor } = state;
  const size = kernel.axes[kernel.axes.length - 1];
  const column = f.local('i32');
  const kept = stores.map(() => f.local('v128'));
  const place = (lanes: number): VectorPlace => ({
    lanes,
    n: 0,
    addresses: undefined,
    moving: new Map(),
    scratchBase: state.scratch,
  });
  const ifInside = (body: () => void): void => {
    f.get(column);
    f.i32(size);
    f.op('i32.lt_u');
    f.if(() => {
      f.get(column);
      f.i32(LANES);
      f.op('i32.div_u');
      f.i32(VECTOR_BYTES);
      f.op('i32.mul');
      f.set(cursor);
      body();
    });
  };
  f.get(state.slots[slot]);
  f.lane('i32x4.extract_lane', 0);
  f.set(column);
  for (const { fold } of folds) {
    f.i32x4(0);
    f.set(state.slots[fold]);
  }
  ifInside(() => {
    const roots = [...folds, ...stores].map(({ value }) => value);
    const values = emitExpressions(f, roots, vectorContext(state, place(LANES)), { relaxed, contracts, constants });
    folds.forEach(({ fold, value }, i) => {
      spread(state, values[i], value.type === 'f32', state.slots[fold]);
    });
    kept.forEach((local, i) => {
      f.get(values[folds.length + i]);
      f.set(local);
    });
    for (const value of values) f.release(value);
  });
  return () => {
    const store = (lanes: number): void => {
      stores.forEach((item, i) => {
        emitStore(state, item.store, kept[i], place(lanes));
      });
    };
    if (stores.length > 0) {
      ifInside(() => {
        if (size % LANES === 0) return store(LANES);
        f.get(cursor);
        f.i32(Math.floor(size / LANES) * VECTOR_BYTES);
        f.op('i32.lt_u');
        f.if(
          () => store(LANES),
          () => store(size % LANES),
        );
      });
    }
    for (const local of [column, ...kept]) f.release(local);
  };
}

/** The sum of four lanes, all but one of which are 0, in every lane. */
function spread({ f }: LoopState, value: Local, isFloat: boolean, result: Local): void {
  const opcode = isFloat ? 'f32x4.add' : 'i32x4.add';
  for (const [a, b, c, d] of [
    [2, 3, 0, 1],
    [1, 0, 3, 2],
  ]) {
    f.get(value);
    f.get(value);
    f.get(value);
    f.shuffle(a, b, c, d);
    f.op(opcode);
    f.set(value);
  }
  f.get(value);
  f.set(result);
}
