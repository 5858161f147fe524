import { LISTENS_MILLISECONDS, MAIL, WORKER_STATE } from './mailbox.ts';

/**
 * What a worker does, as a script of its own, for Node's worker threads and for browsers alike: it makes programs
 * callable, and runs its thread's part of them. A part that fails says so where the other threads wait for it.
 * `CONTROL` of emit-barrier.ts says what the words of a control block are, `MAIL` of mailbox.ts those of the mail.
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
const listen = () => {
  for (;;) {
    if (Atomics.compareExchange(mail, ${MAIL.state}, ${WORKER_STATE.busy}, ${WORKER_STATE.listening}) === ${WORKER_STATE.busy}) {
      const until = performance.now() + ${LISTENS_MILLISECONDS};
      for (let looks = 1; Atomics.load(mail, ${MAIL.state}) === ${WORKER_STATE.listening}; looks++) {
        if (looks % 256 === 0 && performance.now() > until)
          Atomics.compareExchange(mail, ${MAIL.state}, ${WORKER_STATE.listening}, ${WORKER_STATE.away});
      }
    }
    if (Atomics.load(mail, ${MAIL.state}) === ${WORKER_STATE.away}) return;
    Atomics.store(mail, ${MAIL.state}, ${WORKER_STATE.busy});
    run(mail[${MAIL.program}], mail.slice(${MAIL.parameters}, ${MAIL.parameters} + mail[${MAIL.count}]));
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
    Atomics.store(mail, ${MAIL.state}, ${WORKER_STATE.busy});
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
    if (mail !== undefined) Atomics.store(mail, ${MAIL.state}, ${WORKER_STATE.away});
    error = String(caught);
  }
  if (message.answer !== undefined || error !== undefined) port.postMessage({ answer: message.answer, error });
};
if (typeof port.on === 'function') port.on('message', handle);
else port.onmessage = ({ data }) => handle(data);
`;
