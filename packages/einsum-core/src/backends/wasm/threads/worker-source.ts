/**
 * What a worker does, as a script of its own, for Node's worker threads and for browsers alike: it makes programs
 * callable, and runs its thread's part of them. A part that fails says so where the other threads wait for it.
 * `CONTROL` of emit-barrier.ts says what the words are.
 */
export const WORKER_SOURCE = `
const port = typeof require === 'function' ? require('node:worker_threads').parentPort : self;
const programs = new Map();
const fail = (memory, control) => {
  const words = new Int32Array(memory.buffer, control, 3);
  Atomics.store(words, 2, 1);
  Atomics.add(words, 1, 1);
  Atomics.notify(words, 1);
};
const handlers = {
  load({ program, module, memory, thread }) {
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    programs.set(program, { run: exports['run' + thread], memory });
  },
  run({ program, parameters }) {
    const { run, memory } = programs.get(program);
    try {
      run(...parameters);
    } catch (error) {
      fail(memory, parameters[parameters.length - 1]);
      throw error;
    }
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
    error = String(caught);
  }
  if (message.answer !== undefined || error !== undefined) port.postMessage({ answer: message.answer, error });
};
if (typeof port.on === 'function') port.on('message', handle);
else port.onmessage = ({ data }) => handle(data);
`;
