import type { GatherKernel, ScatterKernel } from '../../../kernels/kernel.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { ModuleBuilder } from '../emit/module-builder.ts';
import { BYTES, overRow, pushAt } from './row-loops.ts';

/** Loops over outer slices (counted in `outer`) and indices; `body` gets the index and its ordinal. */
function overIndices(
  f: FunctionBuilder,
  kernel: GatherKernel | ScatterKernel,
  indices: Local,
  outer: Local,
  body: (index: Local, ordinal: Local) => void,
): void {
  const ordinal = f.local('i32');
  const index = f.local('i32');
  f.repeat(outer, kernel.outer, 1, () => {
    f.repeat(ordinal, kernel.count, 1, () => {
      f.get(indices);
      f.get(ordinal);
      f.i32(2);
      f.op('i32.shl');
      f.op('i32.add');
      f.load('i32.load');
      f.set(index);
      body(index, ordinal);
    });
  });
}

/** base + (outer·rows + row)·inner elements, left on the stack. */
function pushRow(f: FunctionBuilder, base: Local, outer: Local, rows: number, row: Local, inner: number): void {
  f.get(base);
  f.get(outer);
  f.i32(rows);
  f.op('i32.mul');
  f.get(row);
  f.op('i32.add');
  f.i32(inner * BYTES);
  f.op('i32.mul');
  f.op('i32.add');
}

/** A gather as a function of (x, indices, out). */
export function emitGather(module: ModuleBuilder, kernel: GatherKernel): number {
  return module.addFunction(['i32', 'i32', 'i32'], (f) => {
    const [x, indices, out] = f.parameters;
    const [from, to, cursor, outer] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
    overIndices(f, kernel, indices, outer, (index, ordinal) => {
      pushRow(f, out, outer, kernel.count, ordinal, kernel.inner);
      f.set(to);
      f.get(index);
      f.i32(kernel.size);
      f.op('i32.lt_u'); // negative indices are large as unsigned numbers
      f.if(
        () => {
          pushRow(f, x, outer, kernel.size, index, kernel.inner);
          f.set(from);
          const move = (load: 'v128.load' | 'i32.load', store: 'v128.store' | 'i32.store'): void => {
            pushAt(f, to, cursor);
            pushAt(f, from, cursor);
            f.load(load);
            f.store(store);
          };
          overRow(
            f,
            cursor,
            kernel.inner,
            () => move('v128.load', 'v128.store'),
            () => move('i32.load', 'i32.store'),
          );
        },
        () => {
          const fill = (push: () => void, store: 'v128.store' | 'i32.store'): void => {
            pushAt(f, to, cursor);
            push();
            f.store(store);
          };
          overRow(
            f,
            cursor,
            kernel.inner,
            () => fill(() => f.i32x4(kernel.missing), 'v128.store'),
            () => fill(() => f.i32(kernel.missing), 'i32.store'),
          );
        },
      );
    });
  });
}

/** A scatter-add as a function of (indices, updates, out). */
export function emitScatter(module: ModuleBuilder, kernel: ScatterKernel): number {
  return module.addFunction(['i32', 'i32', 'i32'], (f) => {
    const [indices, updates, out] = f.parameters;
    const [from, to, cursor, outer] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
    f.get(out);
    f.i32(0);
    f.i32(kernel.outer * kernel.size * kernel.inner * BYTES);
    f.memoryFill();
    if (kernel.count === 0) return;
    overIndices(f, kernel, indices, outer, (index, ordinal) => {
      f.get(index);
      f.i32(kernel.size);
      f.op('i32.lt_u');
      f.if(() => {
        pushRow(f, updates, outer, kernel.count, ordinal, kernel.inner);
        f.set(from);
        pushRow(f, out, outer, kernel.size, index, kernel.inner);
        f.set(to);
        const addTo = (
          load: 'v128.load' | 'i32.load' | 'f32.load',
          add: 'f32x4.add' | 'i32x4.add' | 'f32.add' | 'i32.add',
          store: 'v128.store' | 'i32.store' | 'f32.store',
        ): void => {
          pushAt(f, to, cursor);
          pushAt(f, to, cursor);
          f.load(load);
          pushAt(f, from, cursor);
          f.load(load);
          f.op(add);
          f.store(store);
        };
        overRow(
          f,
          cursor,
          kernel.inner,
          () => addTo('v128.load', kernel.isFloat ? 'f32x4.add' : 'i32x4.add', 'v128.store'),
          () =>
            kernel.isFloat ? addTo('f32.load', 'f32.add', 'f32.store') : addTo('i32.load', 'i32.add', 'i32.store'),
        );
      });
    });
  });
}
