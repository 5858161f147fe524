import { createModuleBuilder } from './module-builder.ts';

let known: boolean | undefined;

/** Whether `f32x4.relaxed_madd` rounds once here, as machines with fused multiply-add do; asked once. Needs relaxed SIMD. */
export function fusesProducts(): boolean {
  if (known === undefined) {
    const probe = createModuleBuilder();
    const run = probe.addFunction([], (f) => {
      f.i32(0);
      // (1 + 2⁻¹²)² − (1 + 2⁻¹¹) is 2⁻²⁴, and 0 where the square is rounded
      for (const value of [1 + 2 ** -12, 1 + 2 ** -12, -1 - 2 ** -11]) f.f32x4(value);
      f.op('f32x4.relaxed_madd');
      f.store('v128.store');
    });
    probe.export('run', run);
    const memory = new WebAssembly.Memory({ initial: 1 });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(probe.finish()), { env: { memory } });
    (exports['run'] as () => void)();
    known = new Float32Array(memory.buffer)[0] !== 0;
  }
  return known;
}
