import type * as Ort from 'onnxruntime-web';
import { modelBytes } from '../onnx/model.ts';
import { ortForms, ortTimed, ortWays, type Runtime } from './ort.ts';
import type { Peer, PeerSource } from './peer.ts';

/**
 * Starts the runtime and puts the global `Worker` back as it was: in Node the runtime defines one, and an engine that
 * looks for it at each call (jax-js does) would change its behavior halfway.
 */
async function start(ort: typeof Ort): Promise<void> {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
  const one = { type: 'float', shape: [1] } as const;
  const model = modelBytes({
    nodes: [{ op: 'Identity', inputs: ['in'], outputs: ['out'] }],
    inputs: [{ name: 'in', ...one }],
    outputs: [{ name: 'out', ...one }],
  });
  await (await ort.InferenceSession.create(model, { executionProviders: ['wasm'] })).release();
  if (before === undefined) Reflect.deleteProperty(globalThis, 'Worker');
  else Object.defineProperty(globalThis, 'Worker', before);
}

/** ONNX Runtime for the web on its wasm backend, held to one thread. */
export function ortWeb(): PeerSource {
  const name = 'onnxruntime-web';
  return {
    name,
    async open(): Promise<Peer> {
      const ort = await import('onnxruntime-web');
      ort.env.wasm.numThreads = 1;
      ort.env.logLevel = 'error';
      await start(ort);
      const runtime: Runtime = { ort, session: { executionProviders: ['wasm'] } };
      return {
        name,
        version: ort.env.versions.web ?? 'unknown',
        timed: ortTimed,
        forms: (work) => ortForms(runtime, work),
        ways: (task) => ortWays(runtime, task),
        close: () => {},
      };
    },
  };
}
