import type { Bindings, Shader } from '../wgsl/shader.ts';
import type { ContractionSchedule } from './contraction-schedule.ts';
import { registerShader } from './register-shader.ts';
import type { StoredContraction } from './stored-operands.ts';
import { tileShader } from './tile-shader.ts';

/** A contraction as its schedule has it. */
export function contractionShader(call: StoredContraction, schedule: ContractionSchedule, bindings: Bindings): Shader {
  return schedule.kind === 'tiles' ? tileShader(call, schedule, bindings) : registerShader(call, schedule, bindings);
}
