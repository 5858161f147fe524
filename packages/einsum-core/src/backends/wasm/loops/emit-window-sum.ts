import type { WindowSumKernel } from '../../../kernels/kernel.ts';
import type { ModuleBuilder } from '../emit/module-builder.ts';
import { BYTES } from './row-loops.ts';

/** Windows of up to this many elements are written out one after the other. */
const UNROLL_UP_TO = 8;

/** A sum of windows as a function of (x, out). */
export function emitWindowSum(module: ModuleBuilder, kernel: WindowSumKernel): number {
  const { outer, positions, inner, size, stride, dilation, extent } = kernel;
  const rowBytes = inner * BYTES;
  return module.addFunction(['i32', 'i32'], (f) => {
    const [x, out] = f.parameters;
    f.get(out);
    f.i32(0);
    f.i32(outer * extent * rowBytes);
    f.memoryFill();
    if (positions === 0 || size === 0) return;
    const [o, p, i, k] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
    const [from, slice, row, to] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
    const addTo = (fromOffset: number, toOffset: number): void => {
      f.get(to);
      f.get(to);
      f.load('f32.load', toOffset);
      f.get(from);
      f.load('f32.load', fromOffset);
      f.op('f32.add');
      f.store('f32.store', toOffset);
    };
    f.get(x);
    f.set(from);
    f.get(out);
    f.set(slice);
    f.repeat(o, outer, 1, () => {
      f.get(slice);
      f.set(row);
      f.repeat(p, positions, 1, () => {
        f.repeat(i, rowBytes, BYTES, () => {
          f.get(row);
          f.get(i);
          f.op('i32.add');
          f.set(to);
          if (size <= UNROLL_UP_TO) {
            for (let element = 0; element < size; element++) addTo(element * BYTES, element * dilation * rowBytes);
            f.increment(from, size * BYTES);
          } else {
            f.repeat(k, size, 1, () => {
              addTo(0, 0);
              f.increment(to, dilation * rowBytes);
              f.increment(from, BYTES);
            });
          }
        });
        f.increment(row, stride * rowBytes);
      });
      f.increment(slice, extent * rowBytes);
    });
  });
}
