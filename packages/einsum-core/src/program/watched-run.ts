import type { Executable } from './backend.ts';
import { describeCalls } from './describe-calls.ts';
import type { LoweredProgram } from './lower.ts';
import type { Stepwise } from './with-profile.ts';

/** A second executable of a program, which runs kernel by kernel and tells of each, with what its kernels do. */
export async function watchedRun(
  program: LoweredProgram,
  stepwise: Stepwise,
): Promise<Pick<Executable, 'run' | 'release'>> {
  let tell: (call: number, milliseconds: number) => void = () => {};
  const { run, release } = await stepwise((call, milliseconds) => tell(call, milliseconds));
  const descriptions = describeCalls(program);
  return {
    run(inputs, observe) {
      tell = (call, milliseconds) => observe?.({ ...descriptions[call], milliseconds });
      return run(inputs);
    },
    release,
  };
}
