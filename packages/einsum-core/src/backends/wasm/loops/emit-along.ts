import type { GatherKernel, ScatterKernel } from '../../../kernels/kernel.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { ModuleBuilder } from '../emit/module-builder.ts';
import { BYTES, pushAt } from './row-loops.ts';

/**
 * Walks the indices, one per element. `body` gets the index, the byte offset of its element among the indices, and
 * leaves the address that the index leads to on the stack by calling `pushThere`.
 */
function overElements(
  f: FunctionBuilder,
  { outer, count, inner, size }: GatherKernel | ScatterKernel,
  indices: Local,
  there: Local,
  body: (index: Local, cursor: Local, pushThere: () => void) => void,
): void {
  const [o, i, column] = [f.local('i32'), f.local('i32'), f.local('i32')];
  const [cursor, index, base] = [f.local('i32'), f.local('i32'), f.local('i32')];
  f.i32(0);
  f.set(cursor);
  f.get(there);
  f.set(base);
  f.repeat(o, outer, 1, () => {
    f.repeat(i, count, 1, () => {
      f.repeat(column, inner * BYTES, BYTES, () => {
        pushAt(f, indices, cursor);
        f.load('i32.load');
        f.set(index);
        body(index, cursor, () => {
          pushAt(f, base, column);
          f.get(index);
          f.i32(inner * BYTES);
          f.op('i32.mul');
          f.op('i32.add');
        });
        f.increment(cursor, BYTES);
      });
    });
    f.increment(base, size * inner * BYTES);
  });
}

/** Leaves whether the index is in [0, size) on the stack; negative indices are large as unsigned numbers. */
function pushIsInside(f: FunctionBuilder, index: Local, size: number): void {
  f.get(index);
  f.i32(size);
  f.op('i32.lt_u');
}

/** A gather with an index per element as a function of (x, indices, out). */
export function emitGatherElements(module: ModuleBuilder, kernel: GatherKernel): number {
  return module.addFunction(['i32', 'i32', 'i32'], (f) => {
    const [x, indices, out] = f.parameters;
    overElements(f, kernel, indices, x, (index, cursor, pushThere) => {
      pushIsInside(f, index, kernel.size);
      f.if(
        () => {
          pushAt(f, out, cursor);
          pushThere();
          f.load('i32.load');
          f.store('i32.store');
        },
        () => {
          pushAt(f, out, cursor);
          f.i32(kernel.missing);
          f.store('i32.store');
        },
      );
    });
  });
}

/** A scatter-add with an index per element as a function of (indices, updates, out). */
export function emitScatterElements(module: ModuleBuilder, kernel: ScatterKernel): number {
  const { outer, count, inner, size } = kernel;
  return module.addFunction(['i32', 'i32', 'i32'], (f) => {
    const [indices, updates, out] = f.parameters;
    f.get(out);
    f.i32(0);
    f.i32(outer * size * inner * BYTES);
    f.memoryFill();
    if (count === 0) return;
    const target = f.local('i32');
    overElements(f, kernel, indices, out, (index, cursor, pushThere) => {
      pushIsInside(f, index, size);
      f.if(() => {
        pushThere();
        f.tee(target);
        f.get(target);
        f.load('f32.load');
        pushAt(f, updates, cursor);
        f.load('f32.load');
        f.op('f32.add');
        f.store('f32.store');
      });
    });
  });
}
