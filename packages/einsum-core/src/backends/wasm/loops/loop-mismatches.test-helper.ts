import { lowerMath } from '../../../kernels/math/lower-math.ts';
import { sizeOf } from '../../../base/shape.ts';
import type { Expression } from '../../../kernels/expression.ts';
import type { Access, LoopKernel } from '../../../kernels/kernel.ts';
import { createModuleBuilder } from '../emit/module-builder.ts';
import { emitLoop } from './emit-loop.ts';
import * as oneHot from './one-hot.ts';
import * as rowPasses from './row-passes.ts';

/** What stands in a buffer where the kernel must not write. */
const UNTOUCHED = 12345;

/** Elements that an access reaches from the start of its buffer. */
const reach = ({ offset, strides }: Access, axes: readonly number[]): number =>
  strides.reduce((last, stride, axis) => last + stride * (axes[axis] - 1), offset) + 1;

/** One value of an expression of f32 loads, coordinates, earlier folds and a few exact operations. */
function valueOf(
  node: Expression,
  at: readonly number[],
  folded: readonly number[],
  load: (n: number) => number,
): number {
  const inputs = node.inputs.map((input) => valueOf(input, at, folded, load));
  switch (node.op) {
    case 'constant':
      return node.value;
    case 'load':
      return load(node.value);
    case 'index':
      return at[node.value];
    case 'reduced':
      return folded[node.value];
    case 'toFloat':
      return inputs[0];
    case 'add':
      return inputs[0] + inputs[1];
    case 'multiply':
      return inputs[0] * inputs[1];
    case 'maximum':
      return Math.max(...inputs);
    default:
      throw new RangeError(`loop-mismatches: no rule for ${node.op}`);
  }
}

/** Every index tuple of some axes, the last axis fastest. */
function* indices(axes: readonly number[]): Generator<number[]> {
  for (let at = 0; at < sizeOf(axes); at++) {
    const index: number[] = [];
    let rest = at;
    for (const size of axes.toReversed()) {
      index.unshift(rest % size);
      rest = Math.floor(rest / size);
    }
    yield index;
  }
}

const positionOf = ({ offset, strides }: Access, at: readonly number[]): number =>
  strides.reduce((position, stride, axis) => position + stride * at[axis], offset);

/** The definition: nested loops over rows, folds over their columns, then the stores. */
function byLoops({ axes, rowRank, loads, folds, stores }: LoopKernel, buffers: readonly Float64Array[]): void {
  const columns = axes.slice(rowRank);
  for (const store of stores) {
    if (store.accumulate) for (const at of indices(axes)) buffers[store.buffer][positionOf(store, at)] = 0;
  }
  for (const row of indices(axes.slice(0, rowRank))) {
    const loadAt =
      (at: readonly number[]) =>
      (n: number): number =>
        buffers[loads[n].buffer][positionOf(loads[n], at)];
    const folded: number[] = [];
    for (const { operation, value } of folds) {
      const values = [...indices(columns)].map((column) => {
        const at = [...row, ...column];
        return valueOf(value, at, folded, loadAt(at));
      });
      folded.push(operation === 'sum' ? values.reduce((a, b) => a + b, 0) : Math.max(...values));
    }
    for (const column of indices(columns)) {
      const at = [...row, ...column];
      for (const store of stores) {
        const value = valueOf(store.value, at, folded, loadAt(at));
        const position = positionOf(store, at);
        buffers[store.buffer][position] = store.accumulate ? buffers[store.buffer][position] + value : value;
      }
    }
  }
}

/** Where an emitted kernel and the definition differ, on small whole numbers with which f32 is exact. */
export function loopMismatches(kernel: LoopKernel, seed: number, relaxed: boolean): string[] {
  const accesses = [...kernel.loads, ...kernel.stores];
  const count = 1 + Math.max(...accesses.map(({ buffer }) => buffer));
  const written = new Set(kernel.stores.map(({ buffer }) => buffer));
  const expected = Array.from({ length: count }, (_, buffer) => {
    const own = accesses.filter((access) => access.buffer === buffer);
    // room beyond what is reached, where nothing may be written
    const values = new Float64Array(Math.max(...own.map((access) => reach(access, kernel.axes))) + 5);
    return values.map((_, i) => (written.has(buffer) ? UNTOUCHED : ((i * 7 + seed * (buffer + 3)) % 7) - 3));
  });

  const module = createModuleBuilder();
  const { functionIndex, scratchBytes } = emitLoop(module, kernel, {
    relaxed,
    lowerMath,
    oneHot,
    rowPasses,
  });
  module.export('run', functionIndex);
  const starts: number[] = [];
  let end = 64;
  for (const { length } of expected) {
    starts.push(end);
    end += 4 * length + 16;
  }
  const memory = new WebAssembly.Memory({ initial: Math.ceil((end + scratchBytes) / 65536) + 1 });
  const actual = expected.map((values, i) => {
    const view = new Float32Array(memory.buffer, starts[i], values.length);
    view.set(values);
    return view;
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish()), { env: { memory } });
  (exports['run'] as (...addresses: number[]) => void)(...starts, Math.ceil(end / 16) * 16);
  byLoops(kernel, expected);
  return expected.flatMap((values, buffer) =>
    [...values].flatMap((value, i) =>
      value === actual[buffer][i] ? [] : [`buffer ${buffer} at ${i}: ${actual[buffer][i]}, expected ${value}`],
    ),
  );
}
