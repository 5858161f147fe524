import type * as Ort from 'onnxruntime-web';
import { type ContractionModelOptions, contractionModel } from '../onnx/contraction-model.ts';
import { modelBytes } from '../onnx/model.ts';
import { flopsOf, operandShapes, type Work } from '../work/work.ts';
import type { Form, Peer, PeerSource } from './peer.ts';

/** One run of a model does about this many floating-point operations, so that copying in and out weighs little. */
const flopsPerRun = 1.5e8;

/** Contractions in one run: at least 2, and few enough that a run is a usable sample. */
export function repeatsFor(work: Work): number {
  return Math.min(64, Math.max(2, Math.round(flopsPerRun / flopsOf(work))));
}

function formOf(ort: typeof Ort, name: string, operator: ContractionModelOptions['operator'], constant: boolean): Form {
  return {
    name,
    async prepare(work, operands) {
      const repeats = repeatsFor(work);
      const constants = constant ? operands.slice(1) : [];
      const session = await ort.InferenceSession.create(contractionModel(work, { operator, constants, repeats }), {
        executionProviders: ['wasm'],
        graphOptimizationLevel: 'all',
      });
      const shapes = operandShapes(work).slice(0, constant ? 1 : operands.length);
      const feeds = Object.fromEntries(
        shapes.map((shape, i) => [
          `operand${i + 1}`,
          new ort.Tensor('float32', operands[i] ?? new Float32Array(0), shape),
        ]),
      );
      return {
        contractions: repeats,
        async run() {
          await session.run(feeds);
        },
        async read() {
          const data = (await session.run(feeds))['result']?.data;
          if (!(data instanceof Float32Array)) throw new Error('the model gave no f32 result');
          return data;
        },
        dispose() {
          // Nothing waits for the release, and a session that fails to release costs only memory.
          session.release().catch(() => {});
        },
      };
    },
  };
}

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
      return {
        name,
        version: ort.env.versions.web ?? 'unknown',
        timed:
          'one run of a model that loops over the contraction, divided by the turns: copying in and out is shared out over them',
        forms: (work) => [
          formOf(ort, 'Einsum', 'Einsum', false),
          formOf(ort, 'MatMul', 'MatMul', false),
          ...(work.weights
            ? [
                formOf(ort, 'Einsum, constant weights', 'Einsum', true),
                formOf(ort, 'MatMul, constant weights', 'MatMul', true),
              ]
            : []),
        ],
        close: () => {},
      };
    },
  };
}
