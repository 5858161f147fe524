import { isStorage } from '../../../base/dtype.ts';
import type { Expression } from '../../../kernels/expression.ts';
import type { Access, LoopKernel } from '../../../kernels/kernel.ts';
import { emitExpressions, type ExpressionContext, hoistConstants, packBool } from '../emit/expression.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { ModuleBuilder } from '../emit/module-builder.ts';
import { elementBytes, emitTurn, LANES, loadSplat, type LoopState } from './emit-vector.ts';
import { foldChains } from './fold-instructions.ts';
import { needsRowPasses } from './needs-row-passes.ts';
import { loweredPlan, type LoweringOptions } from './lowered-plan.ts';
import type * as OneHotEmitter from './one-hot.ts';
import { type Pass, type PassPlan, planPasses } from './plan-passes.ts';
import type { RowParts } from './emit-rows.ts';
import type { NextRow } from './next-row.ts';
import { BYTES, repeatFrom, repeatInBlocks, VECTOR_BYTES } from './row-loops.ts';
import type * as RowPasses from './row-passes.ts';
import { roundsEachOperation } from './rounds-each-operation.ts';
import { ONE_VECTOR, type Turn, turnOf } from './turn.ts';

/** An emitted loop kernel: a function of the kernel's buffers in order, then scratch; all i32 byte addresses. */
export interface EmittedLoop {
  readonly functionIndex: number;
  readonly scratchBytes: number;
}

/** How to emit. */
export interface LoopOptions extends LoweringOptions {
  /** Computes a column that is singled out by itself, with the row passes; without it, it is computed with the others. */
  readonly oneHot?: typeof OneHotEmitter;
  /** Walks over rows several times; needed for kernels of which `needsRowPasses` says so, and faster for what computes much. */
  readonly rowPasses?: typeof RowPasses;
}

/** Folds of longer rows are settled this often: the error of n terms grows with n/4096 then, not with n/4. */
const SETTLED_BYTES = 4096 * BYTES;

/** The kernel with at least one column axis; without folds, all axes but the last are rows. */
function withColumns(kernel: LoopKernel): LoopKernel {
  if (kernel.folds.length === 0 && kernel.axes.length > 0) return { ...kernel, rowRank: kernel.axes.length - 1 };
  if (kernel.rowRank < kernel.axes.length) return kernel;
  const extended = <T extends Access>(access: T): T => ({ ...access, strides: [...access.strides, 0] });
  return {
    ...kernel,
    axes: [...kernel.axes, 1],
    loads: kernel.loads.map(extended),
    stores: kernel.stores.map(extended),
  };
}

/**
 * Emits a loop kernel: nested loops over rows, and for each row its passes over the columns, four elements at a time.
 * The last one to three columns are computed as a vector too and stored lane by lane; buffers may be read up to 16 bytes
 * past their end.
 */
export function emitLoop(module: ModuleBuilder, original: LoopKernel, options: LoopOptions): EmittedLoop {
  const { rowPasses } = options;
  const whole = withColumns(original);
  const kernel = rowPasses?.inTwoStreams(whole) ?? whole;
  if (rowPasses === undefined && needsRowPasses(kernel)) throw new RangeError('loop: its row passes were not loaded');
  const planned = planPasses(kernel);
  const plan = loweredPlan(kernel, rowPasses?.scratchInStores(kernel, planned) ?? planned, options);
  const bufferCount = 1 + Math.max(-1, ...[...kernel.loads, ...kernel.stores].map(({ buffer }) => buffer));
  const columns = kernel.axes.slice(kernel.rowRank).reduce((product, size) => product * size, 1);
  const rowBytes = (columns + LANES) * BYTES;
  const parameters = Array.from({ length: bufferCount + 1 }, () => 'i32' as const);
  const functionIndex = module.addFunction(parameters, (f) => emitKernel(f, kernel, plan, rowBytes, options));
  return { functionIndex, scratchBytes: plan.scratchRows * rowBytes };
}

function emitKernel(
  f: FunctionBuilder,
  kernel: LoopKernel,
  plan: PassPlan,
  rowBytes: number,
  options: LoopOptions,
): void {
  const { relaxed, rowPasses } = options;
  const accesses: readonly Access[] = [...kernel.loads, ...kernel.stores];
  const forms = plan.passes.flatMap((pass) => (pass.bounded === undefined ? [pass] : [pass, pass.bounded.pass]));
  const roots = forms.flatMap((pass) =>
    [...pass.rowValues, ...pass.rowStores, ...pass.folds, ...pass.stores, ...pass.scratch].map(({ value }) => value),
  );
  const state: LoopState = {
    f,
    kernel,
    plan,
    relaxed,
    contracts: !roundsEachOperation(kernel),
    accesses,
    rowBytes,
    constants: hoistConstants(f, roots),
    pointers: accesses.map(() => f.local('i32')),
    counters: kernel.axes.slice(0, -1).map(() => f.local('i32')),
    slots: Array.from({ length: plan.slots }, () => f.local('v128')),
    scratch: f.parameters[f.parameters.length - 1],
    lanes: f.local('v128'),
    cursor: f.local('i32'),
  };
  f.i32x4Lanes(0, 1, 2, 3);
  f.set(state.lanes);
  // sums over rows start from 0
  rowPasses?.clearAccumulated(f, kernel);
  accesses.forEach((access, i) => {
    f.get(f.parameters[access.buffer]);
    if (access.offset !== 0) {
      f.i32(access.offset * elementBytes(access));
      f.op('i32.add');
    }
    f.set(state.pointers[i]);
  });
  const parts: RowParts = {
    values: (pass) => emitRowValues(state, pass),
    walk: (pass, turn, next) => emitPass(state, pass, rowPasses, turn, next),
  };
  const emitRow = rowPasses?.rowEmitter(state, options.oneHot, parts);
  nest(state, 0, kernel.rowRank, () => {
    if (emitRow !== undefined) return emitRow();
    for (const pass of plan.passes) {
      parts.values(pass);
      parts.walk(pass);
    }
  });
}

/** Loops over axes `axis` … `end` − 1 around a body, moving every pointer along and back. */
function nest(state: LoopState, axis: number, end: number, body: () => void): void {
  if (axis >= end) return body();
  const { f, kernel, accesses, pointers, counters } = state;
  const size = kernel.axes[axis];
  f.repeat(counters[axis], size, 1, () => {
    nest(state, axis + 1, end, body);
    if (size === 1) return;
    accesses.forEach((access, i) => {
      if (access.strides[axis] !== 0) f.increment(pointers[i], access.strides[axis] * elementBytes(access));
    });
  });
  if (size === 1) return;
  accesses.forEach((access, i) => {
    if (access.strides[axis] !== 0) f.increment(pointers[i], -access.strides[axis] * size * elementBytes(access));
  });
}

/** Values that all columns share, as vectors of four equal lanes. */
function emitRowValues(state: LoopState, pass: Pass): void {
  const { f, kernel, pointers } = state;
  const roots = [...pass.rowValues, ...pass.rowStores].map(({ value }) => value);
  if (roots.length === 0) return;
  const context: ExpressionContext = {
    load(n) {
      f.get(pointers[n]);
      loadSplat(state, kernel.loads[n]);
    },
    index(axis) {
      f.get(state.counters[axis]);
      f.op('i32x4.splat');
    },
    reduced(n) {
      f.get(state.slots[n]);
    },
  };
  const values = emitExpressions(f, roots, context, state);
  pass.rowValues.forEach(({ slot }, i) => {
    f.get(values[i]);
    f.set(state.slots[slot]);
  });
  pass.rowStores.forEach(({ store }, i) => {
    f.get(pointers[kernel.loads.length + store]);
    f.get(values[pass.rowValues.length + i]);
    if (kernel.stores[store].dtype === 'bool') packBool(f);
    f.laneMemory(isStorage(kernel.stores[store].dtype) ? 'v128.store16_lane' : 'v128.store32_lane', 0);
  });
  for (const value of values) f.release(value);
}

/** One walk over the columns. */
function emitPass(
  state: LoopState,
  pass: Pass,
  rowPasses: LoopOptions['rowPasses'],
  wanted?: Turn,
  next?: NextRow,
): void {
  const { f, kernel, plan } = state;
  if (pass.folds.length + pass.stores.length + pass.scratch.length === 0) return;
  const roots = [...pass.folds, ...pass.stores, ...pass.scratch].map(({ value }) => value);
  const last = kernel.axes.length - 1;
  const size = kernel.axes[last];
  const vectors = Math.floor(size / LANES);
  const turn = wanted ?? turnOf(roots, vectors);
  const folds = pass.folds.map(({ fold }) => {
    const { operation, value } = kernel.folds[fold];
    const chains = foldChains(f, operation, value.type, turn.chains, rowPasses?.extremeChains);
    chains.start();
    return chains;
  });
  const used = accessesOf(state, pass, roots);
  // scratch rows are walked by one pointer when several column axes take turns
  const scratchBase = f.local('i32');
  f.get(state.scratch);
  f.set(scratchBase);
  nest(state, kernel.rowRank, last, () => {
    const moving = new Map<number, Local>();
    for (const i of used) {
      const stride = state.accesses[i].strides[last];
      if (stride === 0 || stride === 1) continue;
      const pointer = f.local('i32');
      f.get(state.pointers[i]);
      f.set(pointer);
      moving.set(i, pointer);
    }
    const place = { moving, scratchBase };
    const vectorBytes = (access: Access): number => access.strides[last] * LANES * elementBytes(access);
    /** Some groups of vectors, from the cursor on. */
    const walk = (turns: number, turn: Turn, start: number): void => {
      if (turns === 0) return;
      const step = turn.vectors * VECTOR_BYTES;
      const range = { start: start * VECTOR_BYTES, end: start * VECTOR_BYTES + turns * step, step };
      const body = (): void => {
        next?.turn(turn, LANES);
        emitTurn(state, pass, roots, folds, { ...place, lanes: LANES }, turn);
        for (const [i, pointer] of moving) f.increment(pointer, vectorBytes(state.accesses[i]) * turn.vectors);
      };
      if (folds.length === 0 || turns * step <= SETTLED_BYTES) return repeatFrom(f, state.cursor, range, body);
      repeatInBlocks(f, state.cursor, { ...range, length: SETTLED_BYTES }, body, () => {
        for (const fold of folds) fold.settle();
      });
    };
    const turns = Math.floor(vectors / turn.vectors);
    walk(turns, turn, 0);
    walk(vectors - turns * turn.vectors, ONE_VECTOR, turns * turn.vectors);
    if (size % LANES !== 0) {
      f.i32(vectors * VECTOR_BYTES);
      f.set(state.cursor);
      next?.turn(ONE_VECTOR, size % LANES);
      emitTurn(state, pass, roots, folds, { ...place, lanes: size % LANES }, ONE_VECTOR);
    }
    if (kernel.rowRank < last && plan.scratchRows > 0) f.increment(scratchBase, size * BYTES);
    for (const pointer of moving.values()) f.release(pointer);
  });
  f.release(scratchBase);
  pass.folds.forEach(({ fold }, i) => {
    folds[i].finish(state.slots[fold]);
  });
}

/** Accesses that a pass touches: loads in its expressions, its stores, and stores it reads back. */
function accessesOf({ kernel, plan }: LoopState, pass: Pass, roots: readonly Expression[]): Set<number> {
  const used = new Set<number>(pass.stores.map(({ store }) => kernel.loads.length + store));
  const seen = new Set<Expression>();
  const visit = (node: Expression): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.op === 'load') {
      const extra = plan.extras[node.value - kernel.loads.length];
      if (extra === undefined) used.add(node.value);
      else if ('store' in extra) used.add(kernel.loads.length + extra.store);
    }
    node.inputs.forEach(visit);
  };
  roots.forEach(visit);
  return used;
}
