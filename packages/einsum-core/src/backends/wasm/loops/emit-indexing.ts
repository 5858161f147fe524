import type { GatherKernel, ScatterKernel } from '../../../kernels/kernel.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { ModuleBuilder } from '../emit/module-builder.ts';
import type { MemoryOpcode } from '../emit/opcodes.ts';
import { BYTES, overRow, pushAt, scalarMemory, VECTOR_BYTES } from './row-loops.ts';

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

/** base + (outer·rows + row)·rowBytes, left on the stack. */
function pushRow(f: FunctionBuilder, base: Local, outer: Local, rows: number, row: Local, rowBytes: number): void {
  f.get(base);
  f.get(outer);
  f.i32(rows);
  f.op('i32.mul');
  f.get(row);
  f.op('i32.add');
  f.i32(rowBytes);
  f.op('i32.mul');
  f.op('i32.add');
}

/** Vectors that one turn of a copying loop moves. */
const UNROLL = 4;

/** Copies a row of `elements`, several vectors in each turn: what counts them costs as much as moving them. */
function copyRow(
  f: FunctionBuilder,
  { to, from, cursor }: { readonly to: Local; readonly from: Local; readonly cursor: Local },
  elements: number,
  elementBytes: number,
): void {
  const bytes = elements * elementBytes;
  const move = (load: MemoryOpcode, store: MemoryOpcode, offset: number): void => {
    pushAt(f, to, cursor);
    pushAt(f, from, cursor);
    f.load(load, offset);
    f.store(store, offset);
  };
  const step = UNROLL * VECTOR_BYTES;
  const whole = Math.floor(bytes / step) * step;
  if (whole > 0) {
    f.repeat(cursor, whole, step, () => {
      for (let n = 0; n < UNROLL; n++) move('v128.load', 'v128.store', n * VECTOR_BYTES);
    });
  }
  const [load, store] = scalarMemory(elementBytes);
  // the rest is near the cursor, so that offsets stay small however long the row
  f.i32(whole);
  f.set(cursor);
  const vectors = Math.floor(bytes / VECTOR_BYTES) * VECTOR_BYTES;
  for (let at = whole; at < vectors; at += VECTOR_BYTES) move('v128.load', 'v128.store', at - whole);
  for (let at = vectors; at < bytes; at += elementBytes) move(load, store, at - whole);
}

/** A gather as a function of (x, indices, out). */
export function emitGather(module: ModuleBuilder, kernel: GatherKernel): number {
  const { elementBytes, inner, missing } = kernel;
  const [, store] = scalarMemory(elementBytes);
  const missingWord = elementBytes === 2 ? missing | (missing << 16) : missing;
  return module.addFunction(['i32', 'i32', 'i32'], (f) => {
    const [x, indices, out] = f.parameters;
    const [from, to, cursor, outer] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
    overIndices(f, kernel, indices, outer, (index, ordinal) => {
      pushRow(f, out, outer, kernel.count, ordinal, inner * elementBytes);
      f.set(to);
      f.get(index);
      f.i32(kernel.size);
      f.op('i32.lt_u'); // negative indices are large as unsigned numbers
      f.if(
        () => {
          pushRow(f, x, outer, kernel.size, index, inner * elementBytes);
          f.set(from);
          copyRow(f, { to, from, cursor }, inner, elementBytes);
        },
        () => {
          const fill = (push: () => void, write: MemoryOpcode): void => {
            pushAt(f, to, cursor);
            push();
            f.store(write);
          };
          overRow(
            f,
            cursor,
            inner,
            () => fill(() => f.i32x4(missingWord), 'v128.store'),
            () => fill(() => f.i32(missing), store),
            elementBytes,
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
        pushRow(f, updates, outer, kernel.count, ordinal, kernel.inner * BYTES);
        f.set(from);
        pushRow(f, out, outer, kernel.size, index, kernel.inner * BYTES);
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
