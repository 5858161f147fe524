import { readFileSync } from 'node:fs';
import type * as Jax from '@jax-js/jax';
import { type MatrixOperand, matrixForm } from '../work/matrix-form.ts';
import { operandShapes, type Work } from '../work/work.ts';
import type { Form, Peer, PeerSource, Prepared } from './peer.ts';

type Api = typeof Jax;
type JaxArray = Jax.numpy.Array;
type Contract = (...inputs: JaxArray[]) => JaxArray;

/** Arrays are used up by the operation that takes them; `.ref` takes another share, so that operands live on. */
function preparedWith(
  contract: Contract,
): (api: Api, work: Work, operands: readonly Float32Array[]) => Promise<Prepared> {
  return async ({ numpy }, work, operands) => {
    const inputs = operandShapes(work).map((shape, i) =>
      numpy.array(Float32Array.from(operands[i] ?? [])).reshape(shape),
    );
    for (const input of inputs) await input.blockUntilReady();
    const call = async (): Promise<JaxArray> => {
      const result = contract(...inputs.map((input) => input.ref));
      await result.blockUntilReady();
      return result;
    };
    return {
      contractions: 1,
      async run() {
        (await call()).dispose();
      },
      async read() {
        return Float32Array.from(await (await call()).data());
      },
      dispose() {
        for (const input of inputs) input.dispose();
      },
    };
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

function formsOf(api: Api): readonly Form[] {
  const form = (name: string, contract: (work: Work) => Contract): Form => ({
    name,
    prepare: (work, operands) => preparedWith(contract(work))(api, work, operands),
  });
  return [
    form('einsum', (work) => einsumOf(api, work)),
    form('einsum, jit', (work) => api.jit(einsumOf(api, work))),
    form('matmul', (work) => matMulOf(api, work)),
    form('matmul, jit', (work) => api.jit(matMulOf(api, work))),
  ];
}

/** The version in the package's own package.json, which its entry points do not tell. */
function installedVersion(): string {
  const file = new URL('../package.json', import.meta.resolve('@jax-js/jax'));
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const known = typeof content === 'object' && content !== null && 'version' in content;
  return known ? String(content.version) : 'unknown';
}

/** jax-js on its wasm backend; one thread in Node, where it finds no `Worker`. */
export function jaxJs(): PeerSource {
  const name = 'jax-js';
  return {
    name,
    async open(): Promise<Peer> {
      const api = await import('@jax-js/jax');
      if (!(await api.init('wasm')).includes('wasm')) throw new Error('its wasm backend does not start');
      api.defaultDevice('wasm');
      return {
        name,
        version: installedVersion(),
        timed: 'the call and blockUntilReady: operands and result stay in its heap',
        forms: () => formsOf(api),
        close: () => {},
      };
    },
  };
}
