/**
 * Words that a worker and the thread that calls programs share: where the worker is, and what to run next. A message takes some hundred microseconds
 * until a worker handles it; so a worker that has run a program looks here for a while, since the next program often follows at once.
 */
export const MAIL = { state: 0, program: 1, count: 2, parameters: 3 } as const;

/** Where a worker is. */
export const WORKER_STATE = {
  /** In its event loop: it handles messages, and does not look here. */
  away: 0,
  /** Looking here. */
  listening: 1,
  /** In a program, after which it will look here. */
  busy: 2,
  /** About to run what stands here. */
  given: 3,
} as const;

/** How long a worker looks before it goes back to its messages, in milliseconds: longer than a turn of a training loop takes. */
export const LISTENS_MILLISECONDS = 0.2;

/** A worker that runs programs, whichever way the word reaches it first. */
export interface Mailbox {
  /** Lets the worker run a program, which must not be running. */
  run(program: number, parameters: readonly number[]): void;
  /** Sends any other message: the worker goes back to its event loop as soon as it can. */
  post(message: object): void;
}

/** @param send - sends a message to a worker that has just been started. */
export function createMailbox(send: (message: object) => void): Mailbox {
  const words = new Uint32Array(new SharedArrayBuffer(4 * 16));
  send({ kind: 'mail', words });
  /** Changes the state from either one in which the worker looks, or will look, to another. @returns whether it did. */
  const change = (to: number): boolean =>
    [WORKER_STATE.listening, WORKER_STATE.busy].some(
      (from) => Atomics.compareExchange(words, MAIL.state, from, to) === from,
    );
  return {
    run(program, parameters) {
      if (MAIL.parameters + parameters.length <= words.length) {
        // Nobody reads these before the state changes: the program before has ended on all threads.
        words.set([program, parameters.length, ...parameters], MAIL.program);
        // Between the two attempts of a change a worker that is busy may begin to listen.
        if (change(WORKER_STATE.given) || change(WORKER_STATE.given)) return;
      }
      send({ kind: 'run', program, parameters });
    },
    post(message) {
      send(message);
      if (!change(WORKER_STATE.away)) change(WORKER_STATE.away);
    },
  };
}
