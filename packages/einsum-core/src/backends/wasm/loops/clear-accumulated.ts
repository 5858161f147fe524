import { mergeAxes } from '../../../kernels/view.ts';
import type { LoopKernel, Store } from '../../../kernels/kernel.ts';
import type { FunctionBuilder } from '../emit/function-builder.ts';
import { BYTES } from './row-loops.ts';

/** Writes 0 to every element that an accumulating store of the kernel will add to. */
export function clearAccumulated(f: FunctionBuilder, { axes, stores }: LoopKernel): void {
  for (const store of stores) if (store.accumulate) clear(f, store, axes);
}

function clear(f: FunctionBuilder, { buffer, offset, strides }: Store, axes: readonly number[]): void {
  const moving = axes.map((_, axis) => axis).filter((axis) => strides[axis] !== 0);
  const outermostFirst = moving.sort((a, b) => strides[b] - strides[a]);
  const region = mergeAxes({
    offset,
    shape: outermostFirst.map((axis) => axes[axis]),
    strides: outermostFirst.map((axis) => strides[axis]),
  });
  const blocks = region.shape.map((size, axis) => ({ size, stride: region.strides[axis] }));
  // what lies side by side is one block; the rest is walked
  const block = blocks.at(-1)?.stride === 1 ? (blocks.pop()?.size ?? 1) : 1;
  const pointer = f.local('i32');
  f.get(f.parameters[buffer]);
  f.i32(offset * BYTES);
  f.op('i32.add');
  f.set(pointer);
  const walk = (depth: number): void => {
    if (depth === blocks.length) {
      f.get(pointer);
      f.i32(0);
      f.i32(block * BYTES);
      return f.memoryFill();
    }
    const { size, stride } = blocks[depth];
    const counter = f.local('i32');
    f.repeat(counter, size, 1, () => {
      walk(depth + 1);
      f.increment(pointer, stride * BYTES);
    });
    f.increment(pointer, -size * stride * BYTES);
    f.release(counter);
  };
  walk(0);
  f.release(pointer);
}
