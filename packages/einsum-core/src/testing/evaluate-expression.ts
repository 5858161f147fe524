import { emitExpressions, hoistConstants, packBool } from '../backends/wasm/emit/expression.ts';
import { createModuleBuilder } from '../backends/wasm/emit/module-builder.ts';
import { allocateHost, isStorage, type TypedArray } from '../base/dtype.ts';
import type { Expression } from '../kernels/expression.ts';

/** How to compile an expression. */
export interface ElementwiseOptions {
  /** Use `f32x4.relaxed_madd`. */
  readonly relaxed: boolean;
  /** Put constants into locals before the loop; true by default. */
  readonly hoist?: boolean;
}

/** Runs a compiled expression over whole arrays of equal length. */
export type ElementwiseFunction = (...inputs: TypedArray[]) => TypedArray;

const PAGE_BYTES = 65536;

/**
 * Compiles `out[i] = root(in₀[i], in₁[i], …)` to WebAssembly, for tests of single operations.
 *
 * Load n is the n-th array given to the result, and every index axis is i. Arrays are copied in and out, with their
 * ends padded to whole vectors by zeros.
 *
 * @param root - machine operations only.
 */
export function compileElementwise(root: Expression, options: ElementwiseOptions): ElementwiseFunction {
  const bytes = elementwiseModule(root, options);
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const run = exports['run'] as (length: number, stride: number) => void;
  return (...inputs) => {
    const length = Math.max(...inputs.map((input) => input.length));
    const stride = 16 * Math.ceil(length / 4);
    const needed = (inputs.length + 1) * stride - memory.buffer.byteLength;
    if (needed > 0) memory.grow(Math.ceil(needed / PAGE_BYTES));
    for (const [n, input] of inputs.entries()) {
      const bits = new Uint32Array(memory.buffer, (n + 1) * stride, stride / 4);
      bits.fill(0);
      bits.set(new Uint32Array(input.buffer, input.byteOffset, input.length));
    }
    if (length > 0) run(length, stride);
    const out = allocateHost(isStorage(root.type) ? 'u32' : root.type, length);
    new Uint32Array(out.buffer).set(new Uint32Array(memory.buffer, 0, length));
    return out;
  };
}

/** `run(length, stride)`: the result at byte 0, load n at byte (n + 1)·stride. */
function elementwiseModule(root: Expression, { relaxed, hoist = true }: ElementwiseOptions): Uint8Array<ArrayBuffer> {
  const module = createModuleBuilder();
  const run = module.addFunction(['i32', 'i32'], (f) => {
    const [length, stride] = f.parameters;
    const i = f.local('i32');
    const address = f.local('i32');
    const context = {
      load: (n: number): void => {
        f.get(address);
        f.get(stride);
        f.i32(n + 1);
        f.op('i32.mul');
        f.op('i32.add');
        f.load('v128.load');
      },
      index: (): void => {
        f.get(i);
        f.op('i32x4.splat');
        for (const lane of [1, 2, 3]) {
          f.get(i);
          f.i32(lane);
          f.op('i32.add');
          f.lane('i32x4.replace_lane', lane);
        }
      },
      reduced: (n: number): void => context.load(n),
    };
    for (const counter of [i, address]) {
      f.i32(0);
      f.set(counter);
    }
    const options = hoist ? { relaxed, constants: hoistConstants(f, [root]) } : { relaxed };
    f.loop(() => {
      const [value] = emitExpressions(f, [root], context, options);
      f.get(address);
      f.get(value);
      if (root.type === 'bool') packBool(f);
      f.store('v128.store');
      f.increment(address, 16);
      f.increment(i, 4);
      f.get(i);
      f.get(length);
      f.op('i32.lt_u');
      f.brIf(0);
    });
  });
  module.export('run', run);
  return module.finish();
}
