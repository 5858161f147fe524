/** Programs that run one after the other, and what has to wait until none does. */
export interface Turns {
  /** Runs a program when those before it are done: at once, if they are and it needs no promise itself. */
  inTurn(run: () => void | Promise<void>): void | Promise<void>;
  /** Does something when no program runs: now, or at the end of the last one. */
  afterwards(action: () => void): void;
}

/** Nothing runs yet. */
export function createTurns(): Turns {
  let running = 0;
  let last: Promise<void> = Promise.resolve();
  const waiting: (() => void)[] = [];
  const ended = (): void => {
    running -= 1;
    if (running === 0) for (const action of waiting.splice(0)) action();
  };
  return {
    inTurn(run) {
      if (running === 0) {
        const done = run();
        if (done === undefined) return undefined;
        running += 1;
        last = done.finally(ended);
      } else {
        running += 1;
        last = last.then(run, run).finally(ended);
      }
      return last;
    },
    afterwards(action) {
      if (running === 0) action();
      else waiting.push(action);
    },
  };
}
