import type { Expression } from '../../../kernels/expression.ts';
import type { Access, LoopKernel } from '../../../kernels/kernel.ts';
import { type ConstantPool, emitExpressions, type ExpressionContext, packBool } from '../emit/expression.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import { foldInstruction } from './fold-instructions.ts';
import type { Pass, PassPlan } from './plan-passes.ts';

export const BYTES = 4;
export const LANES = 4;

/** What the emitting functions share. */
export interface LoopState {
  readonly f: FunctionBuilder;
  readonly kernel: LoopKernel;
  readonly plan: PassPlan;
  readonly relaxed: boolean;
  readonly constants: ConstantPool;
  /** Current byte address of each access: the kernel's loads, then its stores. */
  readonly pointers: readonly Local[];
  readonly accesses: readonly Access[];
  /** Loop counters of all axes but the last; an element count. */
  readonly counters: readonly Local[];
  /** Row slots: folds first. */
  readonly slots: readonly Local[];
  readonly scratch: Local;
  readonly rowBytes: number;
  /** Byte offset of the current vector along the last axis, for accesses of stride 1. */
  readonly cursor: Local;
}

/** Where in a row a vector lies. */
export interface VectorPlace {
  /** How many of the four lanes are columns. */
  readonly lanes: number;
  /** Own pointers of accesses whose stride along the last axis is neither 0 nor 1. */
  readonly moving: ReadonlyMap<number, Local>;
  readonly scratchBase: Local;
}

/** Computes, folds and stores the vector at the cursor. */
export function emitVector(
  state: LoopState,
  pass: Pass,
  roots: readonly Expression[],
  accumulators: readonly Local[],
  place: VectorPlace,
): void {
  const { f, kernel, plan } = state;
  const last = kernel.axes.length - 1;
  const context: ExpressionContext = {
    load(n) {
      const extra = plan.extras[n - kernel.loads.length];
      if (extra === undefined) pushLoad(state, n, place);
      else if ('store' in extra) pushLoad(state, kernel.loads.length + extra.store, place);
      else {
        pushScratch(state, place);
        f.load('v128.load', extra.scratch * state.rowBytes);
      }
    },
    index(axis) {
      if (axis < last) {
        f.get(state.counters[axis]);
        f.op('i32x4.splat');
        return;
      }
      f.get(state.cursor);
      f.i32(2);
      f.op('i32.shr_u');
      f.op('i32x4.splat');
      f.i32x4Lanes(0, 1, 2, 3);
      f.op('i32x4.add');
    },
    reduced(n) {
      f.get(state.slots[n]);
    },
  };
  const values = emitExpressions(f, roots, context, { relaxed: state.relaxed, constants: state.constants });
  pass.folds.forEach(({ fold }, i) => {
    const { opcode, neutral } = foldInstruction(kernel.folds[fold].operation, kernel.folds[fold].value.type);
    f.get(accumulators[i]);
    f.get(values[i]);
    if (place.lanes < LANES) {
      f.i32x4(neutral);
      f.i32x4Lanes(-1, place.lanes > 1 ? -1 : 0, place.lanes > 2 ? -1 : 0, 0);
      f.op('v128.bitselect');
    }
    f.op(opcode);
    f.set(accumulators[i]);
  });
  pass.stores.forEach(({ store }, i) => {
    emitStore(state, store, values[pass.folds.length + i], place);
  });
  pass.scratch.forEach(({ slot }, i) => {
    pushScratch(state, place);
    f.get(values[pass.folds.length + pass.stores.length + i]);
    f.store('v128.store', slot * state.rowBytes);
  });
  for (const value of values) f.release(value);
}

function pushScratch({ f, cursor }: LoopState, { scratchBase }: VectorPlace): void {
  f.get(scratchBase);
  f.get(cursor);
  f.op('i32.add');
}

/** Pushes the address of the current vector of an access. */
function pushAddress(state: LoopState, access: number, place: VectorPlace): void {
  const { f, accesses, pointers, cursor } = state;
  const stride = accesses[access].strides[state.kernel.axes.length - 1];
  f.get(place.moving.get(access) ?? pointers[access]);
  if (stride === 1) {
    f.get(cursor);
    f.op('i32.add');
  }
}

function pushLoad(state: LoopState, access: number, place: VectorPlace): void {
  const { f } = state;
  const stride = state.accesses[access].strides[state.kernel.axes.length - 1];
  pushAddress(state, access, place);
  if (stride === 1) return f.load('v128.load');
  if (stride === 0) return f.load('v128.load32_splat');
  f.load('v128.load32_zero');
  const vector = f.local('v128');
  f.set(vector);
  for (let lane = 1; lane < place.lanes; lane++) {
    pushAddress(state, access, place);
    f.get(vector);
    f.laneMemory('v128.load32_lane', lane, lane * stride * BYTES);
    f.set(vector);
  }
  f.get(vector);
  f.release(vector);
}

function emitStore(state: LoopState, store: number, value: Local, place: VectorPlace): void {
  const { f, kernel } = state;
  const { dtype, strides, accumulate } = kernel.stores[store];
  const access = kernel.loads.length + store;
  const stride = strides[kernel.axes.length - 1];
  if (dtype === 'bool') {
    f.get(value);
    packBool(f);
    f.set(value);
  }
  if (accumulate) {
    f.get(value);
    pushLoad(state, access, place);
    f.op(dtype === 'f32' ? 'f32x4.add' : 'i32x4.add');
    f.set(value);
  }
  if (stride === 1 && place.lanes === LANES) {
    pushAddress(state, access, place);
    f.get(value);
    return f.store('v128.store');
  }
  for (let lane = 0; lane < place.lanes; lane++) {
    pushAddress(state, access, place);
    f.get(value);
    f.laneMemory('v128.store32_lane', lane, lane * stride * BYTES);
  }
}
