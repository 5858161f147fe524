import type { ScanKernel } from '../../../kernels/kernel.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { ModuleBuilder } from '../emit/module-builder.ts';
import { BYTES, overRow, pushAt } from './row-loops.ts';

/** From how many columns on a row is added to the one before it, four columns at a time, instead of column by column. */
const ROWS_FROM = 4;

/** A cumulative sum as a function of (x, out). */
export function emitScan(module: ModuleBuilder, kernel: ScanKernel): number {
  return module.addFunction(['i32', 'i32'], (f) => {
    const [x, out] = f.parameters;
    const [from, to, outer] = [f.local('i32'), f.local('i32'), f.local('i32')];
    const { count, inner } = kernel;
    const sliceBytes = count * inner * BYTES;
    const first = kernel.reverse ? sliceBytes - inner * BYTES : 0;
    f.repeat(outer, kernel.outer, 1, () => {
      const point = (base: Local, local: Local): void => {
        f.get(base);
        f.get(outer);
        f.i32(sliceBytes);
        f.op('i32.mul');
        f.op('i32.add');
        f.i32(first);
        f.op('i32.add');
        f.set(local);
      };
      point(x, from);
      point(out, to);
      if (inner < ROWS_FROM) columnByColumn(f, kernel, from, to);
      else rowByRow(f, kernel, from, to);
    });
  });
}

/** The running sum of each column in a register. */
function columnByColumn(f: FunctionBuilder, kernel: ScanKernel, from: Local, to: Local): void {
  const { isFloat, count, inner, exclusive, reverse } = kernel;
  const [total, i, cursor] = [f.local(isFloat ? 'f32' : 'i32'), f.local('i32'), f.local('i32')];
  const [load, store] = isFloat ? (['f32.load', 'f32.store'] as const) : (['i32.load', 'i32.store'] as const);
  const step = (reverse ? -inner : inner) * BYTES;
  for (let column = 0; column < inner; column++) {
    if (isFloat) f.f32(0);
    else f.i32(0);
    f.set(total);
    f.i32(column * BYTES);
    f.set(cursor);
    const add = (): void => {
      f.get(total);
      pushAt(f, from, cursor);
      f.load(load);
      f.op(isFloat ? 'f32.add' : 'i32.add');
      f.set(total);
    };
    f.repeat(i, count, 1, () => {
      if (!exclusive) add();
      pushAt(f, to, cursor);
      f.get(total);
      f.store(store);
      if (exclusive) add();
      f.increment(cursor, step);
    });
  }
}

/** Each row of the result from the row before it: out[i] = out[i − 1] + x[i], or + x[i − 1] if exclusive. */
function rowByRow(f: FunctionBuilder, kernel: ScanKernel, from: Local, to: Local): void {
  const { isFloat, count, inner, exclusive, reverse } = kernel;
  const [previous, i, cursor] = [f.local('i32'), f.local('i32'), f.local('i32')];
  const step = (reverse ? -inner : inner) * BYTES;
  const row = (pushBefore: (isVector: boolean) => void, pushTerm: ((isVector: boolean) => void) | undefined): void => {
    const element = (isVector: boolean): void => {
      pushAt(f, to, cursor);
      pushBefore(isVector);
      if (pushTerm !== undefined) {
        pushTerm(isVector);
        if (isVector) f.op(isFloat ? 'f32x4.add' : 'i32x4.add');
        else f.op(isFloat ? 'f32.add' : 'i32.add');
      }
      if (isVector) f.store('v128.store');
      else f.store(isFloat ? 'f32.store' : 'i32.store');
    };
    overRow(
      f,
      cursor,
      inner,
      () => element(true),
      () => element(false),
    );
  };
  const loadAt =
    (pointer: Local) =>
    (isVector: boolean): void => {
      pushAt(f, pointer, cursor);
      if (isVector) f.load('v128.load');
      else f.load(isFloat ? 'f32.load' : 'i32.load');
    };
  const zero = (isVector: boolean): void => {
    if (isVector) f.i32x4(0);
    else if (isFloat) f.f32(0);
    else f.i32(0);
  };
  row(zero, exclusive ? undefined : loadAt(from));
  if (count === 1) return;
  f.repeat(i, count - 1, 1, () => {
    f.get(to);
    f.set(previous);
    f.increment(to, step);
    if (!exclusive) f.increment(from, step);
    row(loadAt(previous), loadAt(from));
    if (exclusive) f.increment(from, step);
  });
}
