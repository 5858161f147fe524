import { fileURLToPath } from 'node:url';
import type * as Core from '@tensorflow/tfjs-core';
import { joined } from '../work/joined.ts';
import { matrixForm } from '../work/matrix-form.ts';
import type { Task } from '../work/task.ts';
import { isElementwise, operandShapes, summedAxes, type Work } from '../work/work.ts';
import type { Form, Peer, PeerSource, Prepared } from './peer.ts';

/** The interface of TensorFlow.js. */
export type Tf = typeof Core;

/** Does a work with resident operands; what it makes besides the result is freed by the `tidy` around it. */
type Contract = (inputs: readonly Core.Tensor[]) => Core.Tensor;

function prepared(tf: Tf, inputs: readonly Core.Tensor[], contract: Contract): Prepared {
  return {
    contractions: 1,
    run() {
      tf.tidy(() => contract(inputs)).dispose();
    },
    async read() {
      const result = tf.tidy(() => contract(inputs));
      const values = Float32Array.from(await result.data());
      result.dispose();
      return values;
    },
    dispose() {
      for (const input of inputs) input.dispose();
    },
  };
}

function upload(tf: Tf, work: Work, operands: readonly Float32Array[]): Core.Tensor[] {
  return operandShapes(work).map((shape, i) => tf.tensor(operands[i] ?? [], shape, 'float32'));
}

const needed = (inputs: readonly Core.Tensor[], at: number): Core.Tensor => {
  const input = inputs[at];
  if (input === undefined) throw new Error(`operand ${at + 1} is missing`);
  return input;
};

/** Its own einsum. The wasm backend of 4.22 has no kernel for it; tried all the same, so that the report says so. */
function einsumForm(tf: Tf): Form {
  return {
    name: 'einsum',
    async prepare(work, operands) {
      return prepared(tf, upload(tf, work, operands), (inputs) => tf.einsum(work.pattern, ...inputs));
    },
  };
}

/** Transposes where the layout asks for them, and the batched matrix product, step by step. */
export function matMulForm(tf: Tf): Form {
  return {
    name: 'matMul',
    async prepare(work, operands) {
      const steps = work.steps.map((step) => matrixForm(step, work.sizes));
      const arrange = (x: Core.Tensor, operand: (typeof steps)[number]['left']): Core.Tensor => {
        const ordered = operand.inOrder ? x : tf.transpose(x, [...operand.permutation]);
        return tf.reshape(ordered, [...operand.matrixShape]);
      };
      return prepared(tf, upload(tf, work, operands), (inputs) =>
        steps.reduce(
          (left, step, i) => {
            const product = tf.matMul(arrange(left, step.left), arrange(needed(inputs, i + 1), step.right));
            const shaped = tf.reshape(product, [...step.productShape]);
            return step.outInOrder ? shaped : tf.transpose(shaped, [...step.outPermutation]);
          },
          needed(inputs, 0),
        ),
      );
    },
  };
}

/** Multiplies and sums, where both operands have the same axes: a batched product would be one of single numbers. */
function multiplySumForm(tf: Tf): Form {
  return {
    name: 'mul, sum',
    async prepare(work, operands) {
      const axes = summedAxes(work);
      return prepared(tf, upload(tf, work, operands), (inputs) =>
        tf.sum(tf.mul(needed(inputs, 0), needed(inputs, 1)), axes),
      );
    },
  };
}

/** What a task names for this engine, with resident inputs; everything that it makes is freed. */
export async function prepareWay(
  tf: Tf,
  task: Task,
  way: (tf: Tf, ...inputs: Core.Tensor[]) => readonly Core.Tensor[],
): Promise<Prepared> {
  const inputs = task.inputs.map(({ shape, values }) =>
    tf.tensor(values, [...shape], values instanceof Float32Array ? 'float32' : 'int32'),
  );
  const call = (): Core.Tensor[] => tf.tidy(() => [...way(tf, ...inputs)]);
  return {
    contractions: 1,
    run() {
      for (const result of call()) result.dispose();
    },
    async read() {
      const results = call();
      const parts = await Promise.all(results.map((result) => result.data()));
      for (const result of results) result.dispose();
      return joined(parts);
    },
    dispose() {
      for (const input of inputs) input.dispose();
    },
  };
}

/**
 * One unbatched product for each matrix of the batch, which takes the backend's fast path (XNNPACK), while its batched
 * product is a plain loop. The weights are cut up beforehand, so that the backend can prepare each once.
 */
function matMulPerMatrixForm(tf: Tf): Form {
  return {
    name: 'matMul per matrix',
    async prepare(work, operands) {
      const { left, right, batch, productShape, outInOrder, outPermutation } = matrixForm(work.pattern, work.sizes);
      const inputs = upload(tf, work, operands);
      const weights = tf.tidy(() =>
        tf.unstack(tf.reshape(tf.transpose(needed(inputs, 1), [...right.permutation]), [...right.matrixShape])),
      );
      const [rows = 1, contracted = 1] = left.matrixShape.slice(-2);
      const contract: Contract = ([x]) => {
        const ordered = left.inOrder || x === undefined ? x : tf.transpose(x, [...left.permutation]);
        const matrices = tf.unstack(tf.reshape(ordered ?? [], [batch, rows, contracted]));
        const products = matrices.map((matrix, i) => tf.matMul(matrix, needed(weights, i)));
        const shaped = tf.reshape(tf.stack(products), [...productShape]);
        return outInOrder ? shaped : tf.transpose(shaped, [...outPermutation]);
      };
      const { dispose, ...rest } = prepared(tf, inputs, contract);
      return {
        ...rest,
        dispose() {
          dispose();
          for (const weight of weights) weight.dispose();
        },
      };
    },
  };
}

/** A peer with the interface of its engine. */
export interface TfjsPeer extends Peer {
  readonly tf: Tf;
}

/** The kind of a peer that is TensorFlow.js. */
export const isTfjs = (peer: Peer): peer is TfjsPeer => 'tf' in peer;

/** TensorFlow.js on its wasm backend: SIMD, and one thread, as always in Node. */
export function tfjs(): PeerSource {
  const name = 'tfjs-wasm';
  return {
    name,
    async open(): Promise<Peer> {
      const tf = await import('@tensorflow/tfjs-core');
      const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
      setWasmPaths(fileURLToPath(new URL('.', import.meta.resolve('@tensorflow/tfjs-backend-wasm'))));
      if (!(await tf.setBackend('wasm'))) throw new Error('its wasm backend does not start');
      return {
        name,
        version: tf.version_core,
        timed: 'the synchronous call: operands and result stay in its heap',
        forms(work) {
          const batched = work.weights && work.steps.length === 1 && matrixForm(work.pattern, work.sizes).batch > 1;
          return [
            einsumForm(tf),
            matMulForm(tf),
            ...(batched ? [matMulPerMatrixForm(tf)] : []),
            ...(isElementwise(work) ? [multiplySumForm(tf)] : []),
          ];
        },
        ways: (task) =>
          Object.entries(task.tfjs ?? {}).map(([form, way]) => ({ form, prepare: () => prepareWay(tf, task, way) })),
        close: () => tf.removeBackend('wasm'),
      };
    },
  };
}
