/**
 * A worker and the thread that calls programs share some words: in which state the worker is, and what to run next. A message takes some hundred microseconds
 * until a worker handles it; so a worker that has run a program looks here for a while, since the next program often follows at once.
 */
export const STATE = 0;
export const PROGRAM = 1;
export const COUNT = 2;
export const PARAMETERS = 3;

/** In its event loop: the worker handles messages, and does not look here. */
export const AWAY = 0;
/** Looking here. */
export const LISTENING = 1;
/** In a program, after which it will look here. */
export const BUSY = 2;
/** About to run what stands here. */
export const GIVEN = 3;

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
  /** Changes the state from one in which the worker looks, or will look: between two attempts a busy one may begin to. @returns whether it did. */
  const change = (to: number): boolean =>
    [LISTENING, BUSY, LISTENING, BUSY].some((from) => Atomics.compareExchange(words, STATE, from, to) === from);
  return {
    run(program, parameters) {
      if (PARAMETERS + parameters.length <= words.length) {
        // Nobody reads these before the state changes: the program before has ended on all threads.
        words.set([program, parameters.length, ...parameters], PROGRAM);
        if (change(GIVEN)) return;
      }
      send({ kind: 'run', program, parameters });
    },
    post(message) {
      send(message);
      change(AWAY);
    },
  };
}
