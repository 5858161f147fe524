import type * as Ort from 'onnxruntime-web';
import { type ContractionModelOptions, contractionModel } from '../onnx/contraction-model.ts';
import { loopModel } from '../onnx/loop-model.ts';
import type { Task, TaskInput } from '../work/task.ts';
import { elementCount, flopsOf, operandShapes, outShape, type Work } from '../work/work.ts';
import type { Candidate, Form, Prepared } from './peer.ts';

/** A build of ONNX Runtime and how its sessions are made. */
export interface Runtime {
  readonly ort: Pick<typeof Ort, 'InferenceSession' | 'Tensor'>;
  readonly session: Ort.InferenceSession.SessionOptions;
}

/** One run of a model does about this many floating-point operations, so that copying in and out weighs little. */
const flopsPerRun = 1.5e8;

/** A contraction that does little for its bytes is slow here: then a run does no more of them than these bytes allow. */
const contractedBytesPerRun = 5e7;
const leastRepeats = 4;

/** One run of a task that is bound by memory reads about this many bytes. */
const bytesPerRun = 1e8;

/** Contractions in one run: at least 2, and few enough that a run is a usable sample. */
export function repeatsFor(work: Work): number {
  const elements = [...operandShapes(work), outShape(work)].reduce((sum, shape) => sum + elementCount(shape), 0);
  const most = Math.max(leastRepeats, Math.round(contractedBytesPerRun / (4 * elements)));
  return Math.min(64, most, Math.max(2, Math.round(flopsPerRun / flopsOf(work))));
}

/** A session of a model that repeats its work, with the inputs `operand1`, … bound. */
async function prepareModel(
  { ort, session: options }: Runtime,
  model: Uint8Array,
  inputs: readonly TaskInput[],
  repeats: number,
): Promise<Prepared> {
  const session = await ort.InferenceSession.create(model, { graphOptimizationLevel: 'all', ...options });
  const feeds = Object.fromEntries(
    inputs.map(({ values, shape }, i) => [
      `operand${i + 1}`,
      values instanceof Float32Array
        ? new ort.Tensor('float32', values, shape)
        : new ort.Tensor('int32', values, shape),
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
}

function formOf(
  runtime: Runtime,
  name: string,
  operator: ContractionModelOptions['operator'],
  constant: boolean,
): Form {
  return {
    name,
    async prepare(work, operands) {
      const repeats = repeatsFor(work);
      const model = contractionModel(work, { operator, constants: constant ? operands.slice(1) : [], repeats });
      const fed = constant ? operands.slice(0, 1) : operands;
      const shapes = operandShapes(work);
      const inputs = fed.map((values, i) => ({ values, shape: shapes[i] ?? [] }));
      return prepareModel(runtime, model, inputs, repeats);
    },
  };
}

/** The ways to do a contraction: as Einsum and as MatMul, each with weights fed or carried as constants. */
export function ortForms(runtime: Runtime, work: Work): Form[] {
  return [
    formOf(runtime, 'Einsum', 'Einsum', false),
    formOf(runtime, 'MatMul', 'MatMul', false),
    ...(work.weights
      ? [
          formOf(runtime, 'Einsum, constant weights', 'Einsum', true),
          formOf(runtime, 'MatMul, constant weights', 'MatMul', true),
        ]
      : []),
  ];
}

/** The ways that a task has as models. */
export function ortWays(runtime: Runtime, { onnx = {}, inputs }: Task): Candidate[] {
  const fed = inputs.map(({ shape, values }, i) => ({
    name: `operand${i + 1}`,
    type: values instanceof Float32Array ? ('float' as const) : ('int32' as const),
    shape,
  }));
  const bytes = inputs.reduce((sum, { values }) => sum + values.byteLength, 0);
  const repeats = Math.min(16, Math.max(2, Math.round(bytesPerRun / bytes)));
  return Object.entries(onnx).map(([form, body]) => ({
    form,
    prepare: () => prepareModel(runtime, loopModel(body, fed, repeats), inputs, repeats),
  }));
}

/** What lies between the two readings of the clock. */
export const ortTimed: string =
  'one run of a model that loops over the work, divided by the turns: copying in and out is shared out over them';
