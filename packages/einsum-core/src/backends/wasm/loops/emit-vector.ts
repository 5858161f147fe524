import { BYTES_PER_ELEMENT, isStorage } from '../../../base/dtype.ts';
import type { Expression } from '../../../kernels/expression.ts';
import type { Access, LoopKernel } from '../../../kernels/kernel.ts';
import {
  type ConstantPool,
  emitExpressions,
  emitTogether,
  type ExpressionContext,
  packBool,
} from '../emit/expression.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { FoldChains } from './fold-instructions.ts';
import type { Pass, PassPlan } from './plan-passes.ts';
import { BYTES, VECTOR_BYTES } from './row-loops.ts';
import type { Turn } from './turn.ts';

export const LANES = 4;

/** Bytes from one element of an access to the next. */
export const elementBytes = ({ dtype }: Access): number => BYTES_PER_ELEMENT[dtype];

/** What the emitting functions share. */
export interface LoopState {
  readonly f: FunctionBuilder;
  readonly kernel: LoopKernel;
  readonly plan: PassPlan;
  readonly relaxed: boolean;
  /** Whether a·b + c may be rounded once, see `roundsEachOperation`. */
  readonly contracts: boolean;
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
  /** 0, 1, 2, 3. */
  readonly lanes: Local;
  /** Byte offset of the current vector along the last axis, for accesses of stride 1; 16-bit types are half as far. */
  readonly cursor: Local;
}

/** Where in a row a turn of the loop is. */
export interface TurnPlace {
  /** How many of the four lanes are columns. */
  readonly lanes: number;
  /** Own pointers of accesses whose stride along the last axis is neither 0 nor 1. */
  readonly moving: ReadonlyMap<number, Local>;
  readonly scratchBase: Local;
}

/** The n-th vector of a turn; addresses that the turn has computed already. */
export interface VectorPlace extends TurnPlace {
  readonly n: number;
  readonly addresses: Map<number, Local> | undefined;
}

/** Computes, folds and stores some vectors from the cursor on; the n-th goes into the n-th chain of each fold. */
export function emitTurn(
  state: LoopState,
  pass: Pass,
  roots: readonly Expression[],
  folds: readonly FoldChains[],
  place: TurnPlace,
  { vectors: count, isTogether }: Turn,
): void {
  const addresses = count > 1 ? new Map<number, Local>() : undefined;
  const { f, relaxed, contracts, constants } = state;
  const options = { relaxed, contracts, constants };
  const places = Array.from({ length: count }, (_, n) => ({ ...place, n, addresses }));
  if (isTogether) {
    const contexts = places.map((own) => vectorContext(state, own));
    emitTogether(f, roots, contexts, options).forEach((values, n) => {
      useValues(state, pass, folds, places[n], values);
    });
  } else {
    for (const own of places) {
      useValues(state, pass, folds, own, emitExpressions(f, roots, vectorContext(state, own), options));
    }
  }
  for (const local of addresses?.values() ?? []) f.release(local);
}

/** Folds and stores what was computed for a vector, and releases it. */
function useValues(
  state: LoopState,
  pass: Pass,
  folds: readonly FoldChains[],
  place: VectorPlace,
  values: readonly Local[],
): void {
  const { f } = state;
  folds.forEach((fold, i) => {
    if (place.lanes < LANES) {
      f.get(values[i]);
      f.i32x4(fold.neutral);
      f.i32x4Lanes(-1, place.lanes > 1 ? -1 : 0, place.lanes > 2 ? -1 : 0, 0);
      f.op('v128.bitselect');
      f.set(values[i]);
    }
    fold.step(place.n, values[i]);
  });
  pass.stores.forEach(({ store }, i) => {
    emitStore(state, store, values[pass.folds.length + i], place);
  });
  pass.scratch.forEach(({ slot }, i) => {
    pushAddress(state, SCRATCH, place);
    f.get(values[pass.folds.length + pass.stores.length + i]);
    f.store('v128.store', slot * state.rowBytes + place.n * VECTOR_BYTES);
  });
  for (const value of values) f.release(value);
}

/** Where a vector's expressions find their leaves. */
export function vectorContext(state: LoopState, place: VectorPlace): ExpressionContext {
  const { f, kernel, plan } = state;
  const last = kernel.axes.length - 1;
  return {
    load(n) {
      const extra = plan.extras[n - kernel.loads.length];
      if (extra === undefined) return pushLoad(state, n, place);
      if ('store' in extra) return pushLoad(state, kernel.loads.length + extra.store, place);
      pushAddress(state, SCRATCH, place);
      f.load('v128.load', extra.scratch * state.rowBytes + place.n * VECTOR_BYTES);
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
      if (place.n > 0) {
        f.i32(place.n * LANES);
        f.op('i32.add');
      }
      f.op('i32x4.splat');
      f.get(state.lanes);
      f.op('i32x4.add');
    },
    reduced(n) {
      f.get(state.slots[n]);
    },
  };
}

/** Stands for scratch memory among the accesses. */
const SCRATCH = -1;

const strideOf = (state: LoopState, access: number): number =>
  access === SCRATCH ? 1 : state.accesses[access].strides[state.kernel.axes.length - 1];

/** Bytes of an element of an access; scratch memory holds lanes. */
const bytesOf = (state: LoopState, access: number): number =>
  access === SCRATCH ? BYTES : elementBytes(state.accesses[access]);

/** Pushes the address of an access at the first vector of the turn. */
function pushAddress(state: LoopState, access: number, { moving, scratchBase, addresses }: VectorPlace): void {
  const { f, pointers, cursor } = state;
  const known = addresses?.get(access);
  if (known !== undefined) return f.get(known);
  f.get(access === SCRATCH ? scratchBase : (moving.get(access) ?? pointers[access]));
  if (strideOf(state, access) !== 1) return;
  f.get(cursor);
  if (bytesOf(state, access) !== BYTES) {
    f.i32(1);
    f.op('i32.shr_u');
  }
  f.op('i32.add');
  if (addresses === undefined) return;
  const address = f.local('i32');
  addresses.set(access, address);
  f.tee(address);
}

/** Turns the address on the stack into four lanes of the element that stands there. */
export function loadSplat({ f }: LoopState, access: Access): void {
  if (!isStorage(access.dtype)) return f.load('v128.load32_splat');
  f.load('i32.load16_u');
  f.op('i32x4.splat');
}

function pushLoad(state: LoopState, access: number, place: VectorPlace): void {
  const { f } = state;
  const stride = strideOf(state, access);
  const bytes = bytesOf(state, access);
  const offset = place.n * stride * LANES * bytes;
  pushAddress(state, access, place);
  if (stride === 1) return f.load(bytes === BYTES ? 'v128.load' : 'v128.load16x4_u', offset);
  if (stride === 0) return loadSplat(state, state.accesses[access]);
  if (bytes !== BYTES) {
    f.load('i32.load16_u', offset);
    f.op('i32x4.splat');
    for (let lane = 1; lane < place.lanes; lane++) {
      pushAddress(state, access, place);
      f.load('i32.load16_u', offset + lane * stride * bytes);
      f.lane('i32x4.replace_lane', lane);
    }
    return;
  }
  f.load('v128.load32_zero', offset);
  const vector = f.local('v128');
  f.set(vector);
  for (let lane = 1; lane < place.lanes; lane++) {
    pushAddress(state, access, place);
    f.get(vector);
    f.laneMemory('v128.load32_lane', lane, offset + lane * stride * BYTES);
    f.set(vector);
  }
  f.get(vector);
  f.release(vector);
}

export function emitStore(state: LoopState, store: number, value: Local, place: VectorPlace): void {
  const { f, kernel } = state;
  const { dtype, accumulate } = kernel.stores[store];
  const access = kernel.loads.length + store;
  const stride = strideOf(state, access);
  const bytes = bytesOf(state, access);
  const offset = place.n * stride * LANES * bytes;
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
    if (bytes === BYTES) return f.store('v128.store', offset);
    f.get(value);
    f.op('i16x8.narrow_i32x4_u');
    return f.laneMemory('v128.store64_lane', 0, offset);
  }
  for (let lane = 0; lane < place.lanes; lane++) {
    pushAddress(state, access, place);
    f.get(value);
    const at = offset + lane * stride * bytes;
    if (bytes === BYTES) f.laneMemory('v128.store32_lane', lane, at);
    else f.laneMemory('v128.store16_lane', 2 * lane, at);
  }
}
