import { exitStatus } from '../command-error.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Milliseconds in which a second signal is taken for an echo of the first: npm and the shell may both pass it on. */
const echo = 1000;

/** A wish to stop, and the end of listening for it. */
export interface StopWish {
  /** Aborted by the first Ctrl-C, or by a request to end. */
  readonly signal: AbortSignal;
  /** Gives the signals back to the system. */
  release(): void;
}

/** Turns the first Ctrl-C into an orderly stop; a later one ends the process at once. */
export function catchStop(): StopWish {
  const stopping = new AbortController();
  let asked: number | undefined;
  const handler = (): void => {
    if (asked !== undefined && performance.now() - asked > echo) process.exit(exitStatus.stopped);
    asked ??= performance.now();
    stopping.abort();
  };
  for (const signal of signals) process.on(signal, handler);
  return {
    signal: stopping.signal,
    release() {
      for (const signal of signals) process.off(signal, handler);
    },
  };
}
