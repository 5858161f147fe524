import type { ContractionAxis, ContractionKernel } from '../../../kernels/contraction.ts';
import type { IndexedContraction, Lookup } from '../../../kernels/kernel.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { ModuleBuilder } from '../emit/module-builder.ts';
import type { ScheduleWishes } from './choose-schedule.ts';
import { type ByteAxis, TENSORS, type Tensor, toByteAxes } from './dimension.ts';
import { type EmittedContraction, emitContraction } from './emit-contraction.ts';
import { advance, nest, offset, times } from './flow.ts';
import { emitLookUp } from './look-up.ts';

/** The locals of the walk: where each tensor and each index is at a step, before anything is looked up. */
export interface Walk {
  readonly at: Readonly<Record<Tensor, Local>>;
  readonly indices: readonly Local[];
  /** Not zero where a step adds to what those before it wrote. */
  readonly accumulate: Local;
}

/**
 * Emits an indexed contraction as a function of (left, right, indices…, out, scratch, tables): loops around a function for one step, which
 * is an ordinary contraction with its own schedule.
 */
export function emitIndexedContraction(
  module: ModuleBuilder,
  kernel: IndexedContraction,
  wishes: ScheduleWishes,
): EmittedContraction {
  const { contraction, offsets, steps, lookups } = kernel;
  const added = lookups.find(({ tensor }) => tensor === 'out');
  const accumulates = added !== undefined || steps.some(({ isSummed }) => isSummed);
  const step = emitContraction(module, contraction, { ...wishes, accumulates });
  const poison = emitPoison(module, contraction);
  const clear = module.addFunction(['i32'], (f) => {
    const slices = { size: added?.size ?? 1, left: 0, right: 0, out: 4 * (added?.stride ?? 0) };
    emitFill(f, mergedRuns([...outAxes(contraction), slices]), f.parameters[0], 0);
  });
  const parameters = new Array<'i32'>(lookups.length + 5).fill('i32');
  const functionIndex = module.addFunction(parameters, (f) => {
    const [left, right] = f.parameters;
    const [out, scratch, tables] = f.parameters.slice(-3);
    if (added !== undefined) {
      f.get(out);
      f.call(clear);
    }
    const walk: Walk = {
      at: { left: f.local('i32'), right: f.local('i32'), out: f.local('i32') },
      indices: lookups.map(() => f.local('i32')),
      accumulate: f.local('i32'),
    };
    offset(f, left, 4 * offsets[0], walk.at.left);
    offset(f, right, 4 * offsets[1], walk.at.right);
    offset(f, out, 0, walk.at.out);
    lookups.forEach((lookup, i) => {
      offset(f, f.parameters[2 + i], 4 * lookup.offset, walk.indices[i]);
    });
    f.i32(added === undefined ? 0 : 1);
    f.set(walk.accumulate);
    emitSteps(f, kernel, walk, 0, () => emitStep(f, lookups, walk, { step, poison, accumulates, scratch, tables }));
  });
  return { ...step, functionIndex };
}

/** A function of an address that writes NaN wherever a step does whose result begins there. */
export const emitPoison = (module: ModuleBuilder, contraction: ContractionKernel): number =>
  module.addFunction(['i32'], (f) => emitFill(f, outAxes(contraction), f.parameters[0], Number.NaN));

/** Walks the steps from one axis on; pointers are back at their start afterwards. */
export function emitSteps(
  f: FunctionBuilder,
  kernel: Pick<IndexedContraction, 'steps' | 'lookups'>,
  walk: Walk,
  level: number,
  body: () => void,
): void {
  const axis = kernel.steps[level];
  if (axis === undefined) return body();
  const isFirstSummed = axis.isSummed && kernel.steps[level - 1]?.isSummed !== true;
  const isOutAdded = kernel.lookups.some(({ tensor }) => tensor === 'out');
  const setAccumulate = (value: number): void => {
    f.i32(value);
    f.set(walk.accumulate);
  };
  if (isFirstSummed && !isOutAdded) setAccumulate(0);
  const move = (count: number): void => {
    for (const tensor of TENSORS) advance(f, walk.at[tensor], 4 * count * axis[tensor]);
    kernel.lookups.forEach(({ strides }, i) => {
      advance(f, walk.indices[i], 4 * count * strides[level]);
    });
  };
  times(f, { constant: axis.size }, () => {
    emitSteps(f, kernel, walk, level + 1, body);
    if (axis.isSummed && !isOutAdded) setAccumulate(1);
    move(1);
  });
  move(-axis.size);
}

/** What a step calls. */
interface StepCalls {
  readonly step: EmittedContraction;
  /** Writes NaN wherever a step writes. */
  readonly poison: number;
  readonly accumulates: boolean;
  readonly scratch: Local;
  readonly tables: Local;
}

/** One step: everything is looked up, and the contraction done; or NaN where an operand is not there, and nothing where the result has no place. */
function emitStep(
  f: FunctionBuilder,
  lookups: readonly Lookup[],
  { at, indices, accumulate }: Walk,
  { step, poison, accumulates, scratch, tables }: StepCalls,
): void {
  const found: Record<Tensor, Local> = { ...at };
  const isThere = f.local('i32');
  f.i32(1);
  f.set(isThere);
  const lookUp = (lookup: Lookup, index: Local): void => {
    found[lookup.tensor] = emitLookUp(f, lookup, { index, base: at[lookup.tensor], isThere });
  };
  const of = (isWanted: (tensor: Tensor) => boolean): void =>
    lookups.forEach((lookup, i) => {
      if (isWanted(lookup.tensor)) lookUp(lookup, indices[i]);
    });
  const compute = (): void => {
    for (const local of [found.left, found.right, found.out, scratch, tables]) f.get(local);
    if (accumulates) f.get(accumulate);
    f.call(step.functionIndex);
  };
  const spoil = (): void => {
    f.get(found.out);
    f.call(poison);
  };
  const operands = (): void => {
    of((tensor) => tensor !== 'out');
    f.get(isThere);
    f.if(compute, spoil);
  };
  of((tensor) => tensor === 'out');
  f.get(isThere);
  f.if(operands);
  for (const tensor of TENSORS) if (found[tensor] !== at[tensor]) f.release(found[tensor]);
  f.release(isThere);
}

/** The axes of the output, in bytes. */
const outAxes = ({ batch, rows, columns }: ContractionKernel): ByteAxis[] =>
  mergedRuns(
    toByteAxes(
      [...batch, ...rows, ...columns].map(({ size, out }): ContractionAxis => ({ size, left: 0, right: 0, out })),
    ),
  );

/** Outermost first, and axes that follow on as one. */
function mergedRuns(axes: readonly ByteAxis[]): ByteAxis[] {
  const inner: ByteAxis[] = [];
  for (const axis of axes.filter(({ size }) => size !== 1).sort((a, b) => a.out - b.out)) {
    const last = inner.at(-1);
    if (last !== undefined && axis.out === last.out * last.size)
      inner[inner.length - 1] = { ...last, size: last.size * axis.size };
    else inner.push(axis);
  }
  return inner.reverse();
}

/** Writes one number to every element that axes reach; a run of zeros is memory to fill. */
function emitFill(f: FunctionBuilder, axes: readonly ByteAxis[], out: Local, value: number): void {
  const at = f.local('i32');
  offset(f, out, 0, at);
  const run = axes.at(-1);
  if (value === 0 && run?.out === 4) {
    nest(f, axes.slice(0, -1), { out: at }, () => {
      f.get(at);
      f.i32(0);
      f.i32(4 * run.size);
      f.memoryFill();
    });
    return;
  }
  nest(f, axes, { out: at }, () => {
    f.get(at);
    f.f32(value);
    f.store('f32.store');
  });
}
