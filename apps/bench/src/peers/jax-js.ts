import { readFileSync } from 'node:fs';
import type * as Jax from '@jax-js/jax';
import { joined } from '../work/joined.ts';
import { type MatrixOperand, matrixForm } from '../work/matrix-form.ts';
import type { Task, TaskInput } from '../work/task.ts';
import { isElementwise, operandShapes, summedAxes, type Work } from '../work/work.ts';
import type { Candidate, Form, Peer, PeerSource, Prepared } from './peer.ts';

/** The interface of jax-js. */
export type Api = typeof Jax;
type JaxArray = Jax.numpy.Array;
type Contract = (...inputs: JaxArray[]) => JaxArray;

/**
 * A function with resident inputs. Arrays are used up by the operation that takes them; `.ref` takes another share, so
 * that operands live on.
 */
async function prepareCall(
  { numpy }: Api,
  given: readonly TaskInput[],
  call: (...inputs: JaxArray[]) => readonly JaxArray[],
): Promise<Prepared> {
  const inputs = given.map(({ values, shape }) => numpy.array(values.slice()).reshape([...shape]));
  for (const input of inputs) await input.blockUntilReady();
  const called = async (): Promise<readonly JaxArray[]> => {
    const results = call(...inputs.map((input) => input.ref));
    for (const result of results) await result.blockUntilReady();
    return results;
  };
  return {
    contractions: 1,
    async run() {
      for (const result of await called()) result.dispose();
    },
    async read() {
      return joined(await Promise.all((await called()).map((result) => result.data())));
    },
    dispose() {
      for (const input of inputs) input.dispose();
    },
  };
}

function einsumOf(api: Api, work: Work): Contract {
  return (...inputs) => api.numpy.einsum(work.pattern, ...inputs);
}

function matMulOf({ numpy }: Api, work: Work): Contract {
  const steps = work.steps.map((step) => matrixForm(step, work.sizes));
  const arrange = (x: JaxArray, operand: MatrixOperand): JaxArray =>
    (operand.inOrder ? x : numpy.transpose(x, [...operand.permutation])).reshape([...operand.matrixShape]);
  return (first, ...others) => {
    if (first === undefined) throw new Error('the first operand is missing');
    return steps.reduce((left, step, i) => {
      const right = others[i];
      if (right === undefined) throw new Error(`operand ${i + 2} is missing`);
      const product = numpy
        .matmul(arrange(left, step.left), arrange(right, step.right))
        .reshape([...step.productShape]);
      return step.outInOrder ? product : numpy.transpose(product, [...step.outPermutation]);
    }, first);
  };
}

/** Multiplies and sums, where both operands have the same axes. */
function multiplySumOf({ numpy }: Api, work: Work): Contract {
  const axes = summedAxes(work);
  return (left, right) => {
    if (left === undefined || right === undefined) throw new Error('an operand is missing');
    return numpy.sum(left.mul(right), axes);
  };
}

/** The ways that it has to do a contraction. */
export function formsOf(api: Api, isSum: boolean): readonly Form[] {
  const form = (name: string, contract: (work: Work) => Contract): Form => ({
    name,
    prepare(work, operands) {
      const shapes = operandShapes(work);
      const inputs = operands.map((values, i) => ({ values, shape: shapes[i] ?? [] }));
      const call = contract(work);
      return prepareCall(api, inputs, (...arrays) => [call(...arrays)]);
    },
  });
  return [
    form('einsum', (work) => einsumOf(api, work)),
    form('einsum, jit', (work) => api.jit(einsumOf(api, work))),
    form('matmul', (work) => matMulOf(api, work)),
    form('matmul, jit', (work) => api.jit(matMulOf(api, work))),
    ...(isSum ? [form('mul, sum, jit', (work) => api.jit(multiplySumOf(api, work)))] : []),
  ];
}

/** What a task names for this engine, jitted. */
export function waysOf(api: Api, task: Task): Candidate[] {
  return Object.entries(task.jaxJs ?? {}).map(([form, way]) => ({
    form: `${form}, jit`,
    prepare: () =>
      prepareCall(
        api,
        task.inputs,
        api.jit((...inputs: JaxArray[]) => [...way(api, ...inputs)]),
      ),
  }));
}

/** The version in the package's own package.json, which its entry points do not tell. */
export function installedVersion(): string {
  const file = new URL('../package.json', import.meta.resolve('@jax-js/jax'));
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const known = typeof content === 'object' && content !== null && 'version' in content;
  return known ? String(content.version) : 'unknown';
}

/** This peer with the interface of its engine. */
export interface JaxPeer extends Peer {
  readonly api: Api;
}

/** The kind of a peer that is jax-js. */
export const isJax = (peer: Peer): peer is JaxPeer => 'api' in peer;

/** jax-js on its wasm backend; one thread in Node, where it finds no `Worker`. */
export function jaxJs(): PeerSource {
  const name = 'jax-js';
  return {
    name,
    async open(): Promise<JaxPeer> {
      const api = await import('@jax-js/jax');
      if (!(await api.init('wasm')).includes('wasm')) throw new Error('its wasm backend does not start');
      api.defaultDevice('wasm');
      return {
        name,
        api,
        version: installedVersion(),
        timed: 'the call and blockUntilReady: operands and result stay in its heap',
        forms: (work) => formsOf(api, isElementwise(work)),
        ways: (task) => waysOf(api, task),
        close: () => {},
      };
    },
  };
}
