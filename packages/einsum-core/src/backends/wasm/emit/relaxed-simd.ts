import { createModuleBuilder } from './module-builder.ts';

let supported: boolean | undefined;

/** Whether this engine accepts `f32x4.relaxed_madd`: Node ≥ 22 and current browsers do; asked once. */
export function hasRelaxedSimd(): boolean {
  if (supported === undefined) {
    const probe = createModuleBuilder();
    probe.addFunction(['v128'], (f) => {
      for (let i = 0; i < 3; i++) f.get(0);
      f.op('f32x4.relaxed_madd');
      f.op('drop');
    });
    supported = WebAssembly.validate(probe.finish());
  }
  return supported;
}
