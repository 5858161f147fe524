import type { Executable } from './backend.ts';
import type { LoweredProgram } from './lower.ts';

/** Is told that a call of the program took so long. */
export type Ended = (call: number, milliseconds: number) => void;

/** Makes an executable that runs kernel by kernel and tells of each. */
export type Stepwise = (ended: Ended) => Promise<Pick<Executable, 'run' | 'release'>>;

/** The executable with a second one beside it, made when somebody first watches a run, that runs kernel by kernel. */
export function withProfile(program: LoweredProgram, plain: Executable, stepwise: Stepwise): Executable {
  let watched: ReturnType<Stepwise> | undefined;
  return {
    ...plain,
    run(inputs, observe) {
      if (observe === undefined) return plain.run(inputs);
      watched ??= import('./watched-run.ts').then(({ watchedRun }) => watchedRun(program, stepwise));
      return watched.then(({ run }) => run(inputs, observe));
    },
    release() {
      plain.release();
      watched?.then(({ release }) => release()).catch(() => {});
    },
  };
}
