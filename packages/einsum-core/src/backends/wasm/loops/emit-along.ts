import type { GatherKernel, ScatterKernel } from '../../../kernels/kernel.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { ModuleBuilder } from '../emit/module-builder.ts';
import { BYTES, pushAt, scalarMemory } from './row-loops.ts';

/**
 * Walks the indices, one per element of `elementBytes`. `body` gets the index, the byte offset of its element in a buffer
 * like the indices, and leaves the address that the index leads to on the stack by calling `pushThere`.
 */
function overElements(
  f: FunctionBuilder,
  { outer, count, inner, size }: GatherKernel | ScatterKernel,
  indices: Local,
  there: Local,
  elementBytes: number,
  body: (index: Local, cursor: Local, pushThere: () => void) => void,
): void {
  const [o, i, column] = [f.local('i32'), f.local('i32'), f.local('i32')];
  const [cursor, index, base] = [f.local('i32'), f.local('i32'), f.local('i32')];
  // an index takes four bytes, so where elements take two, their cursor is behind that of the indices
  const indexCursor = elementBytes === BYTES ? cursor : f.local('i32');
  for (const one of new Set([cursor, indexCursor])) {
    f.i32(0);
    f.set(one);
  }
  f.get(there);
  f.set(base);
  f.repeat(o, outer, 1, () => {
    f.repeat(i, count, 1, () => {
      f.repeat(column, inner * elementBytes, elementBytes, () => {
        pushAt(f, indices, indexCursor);
        f.load('i32.load');
        f.set(index);
        body(index, cursor, () => {
          pushAt(f, base, column);
          f.get(index);
          f.i32(inner * elementBytes);
          f.op('i32.mul');
          f.op('i32.add');
        });
        f.increment(cursor, elementBytes);
        if (indexCursor !== cursor) f.increment(indexCursor, BYTES);
      });
    });
    f.increment(base, size * inner * elementBytes);
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
    const [load, store] = scalarMemory(kernel.elementBytes);
    overElements(f, kernel, indices, x, kernel.elementBytes, (index, cursor, pushThere) => {
      pushIsInside(f, index, kernel.size);
      f.if(
        () => {
          pushAt(f, out, cursor);
          pushThere();
          f.load(load);
          f.store(store);
        },
        () => {
          pushAt(f, out, cursor);
          f.i32(kernel.missing);
          f.store(store);
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
    overElements(f, kernel, indices, out, BYTES, (index, cursor, pushThere) => {
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
