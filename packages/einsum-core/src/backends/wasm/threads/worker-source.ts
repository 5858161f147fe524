import { AWAY, BUSY, COUNT, LISTENING, LISTENS_MILLISECONDS, PARAMETERS, PROGRAM, STATE } from './mailbox.ts';

/**
 * What a worker does, as a script of its own, for Node's worker threads and for browsers alike: it makes programs
 * callable, and runs its thread's part of them. A part that fails says so where the other threads wait for it.
 * `CONTROL` of emit-barrier.ts says what the words of a control block are, mailbox.ts those of the mail.
 */
export const WORKER_SOURCE: string = `
const port = typeof require === 'function' ? require('node:worker_threads').parentPort : self;
const programs = new Map();
let mail;
const fail = (memory, control) => {
  const words = new Int32Array(memory.buffer, control, 3);
  Atomics.store(words, 2, 1);
  Atomics.add(words, 1, 1);
  Atomics.notify(words, 1);
};
const run = (program, parameters) => {
  const { run, memory } = programs.get(program);
  try {
    run(...parameters);
  } catch (error) {
    fail(memory, parameters[parameters.length - 1]);
    throw error;
  }
};
const set = (state) => Atomics.store(mail, ${STATE}, state);
const swap = (from, to) => Atomics.compareExchange(mail, ${STATE}, from, to) === from;
const listen = () => {
  for (;;) {
    if (swap(${BUSY}, ${LISTENING})) {
      const until = performance.now() + ${LISTENS_MILLISECONDS};
      for (let looks = 1; Atomics.load(mail, ${STATE}) === ${LISTENING}; looks++)
        if (looks % 256 === 0 && performance.now() > until) swap(${LISTENING}, ${AWAY});
    }
    if (Atomics.load(mail, ${STATE}) === ${AWAY}) return;
    set(${BUSY});
    run(mail[${PROGRAM}], mail.slice(${PARAMETERS}, ${PARAMETERS} + mail[${COUNT}]));
  }
};
const handlers = {
  mail({ words }) {
    mail = words;
  },
  load({ program, module, memory, thread }) {
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    programs.set(program, { run: exports['run' + thread], memory });
  },
  run({ program, parameters, answer }) {
    if (answer !== undefined) return run(program, parameters);
    set(${BUSY});
    run(program, parameters);
    listen();
  },
  release({ program }) {
    programs.delete(program);
  },
};
const handle = (message) => {
  let error;
  try {
    handlers[message.kind](message);
  } catch (caught) {
    if (mail !== undefined) set(${AWAY});
    error = String(caught);
  }
  if (message.answer !== undefined || error !== undefined) port.postMessage({ answer: message.answer, error });
};
if (typeof port.on === 'function') port.on('message', handle);
else port.onmessage = ({ data }) => handle(data);
`;
