import type { Executable } from './backend.ts';
import type { describeCalls } from './describe-calls.ts';
import type { LoweredProgram } from './lower.ts';

/** Is told that a call of the program took so long. */
export type Ended = (call: number, milliseconds: number) => void;

/**
 * The executable with a second one beside it, made when somebody first watches a run, that runs kernel by kernel.
 *
 * @param stepwise - makes that one; it tells of each kernel
 */
export function withProfile(
  program: LoweredProgram,
  plain: Executable,
  stepwise: (ended: Ended) => Promise<Pick<Executable, 'run' | 'release'>>,
): Executable {
  let tell: Ended = () => {};
  let watched: Promise<readonly [Pick<Executable, 'run' | 'release'>, ReturnType<typeof describeCalls>]> | undefined;
  const watch = (): NonNullable<typeof watched> =>
    Promise.all([
      stepwise((call, milliseconds) => tell(call, milliseconds)),
      import('./describe-calls.ts').then((loaded) => loaded.describeCalls(program)),
    ]);
  return {
    ...plain,
    run(inputs, observe) {
      if (observe === undefined) return plain.run(inputs);
      watched ??= watch();
      return watched.then(([executable, descriptions]) => {
        tell = (call, milliseconds) => observe({ ...descriptions[call], milliseconds });
        return executable.run(inputs);
      });
    },
    release() {
      plain.release();
      watched?.then(([executable]) => executable.release()).catch(() => {});
    },
  };
}
