import { EinlabError, einsum, type Tensor } from '@einlab/einsum-core';
import { type CoreShape, coreNamed } from '@einlab/nn';
import type { RouterInput } from './router.ts';

/** A matrix from features to a score for each expert. It starts at 0, so that no expert is preferred. */
export const scoreShape = (name: string, inSize: number, experts: number): CoreShape => ({
  name,
  shape: [inSize, experts],
  fanIn: inSize,
  fanOut: experts,
  initialDeviation: 0,
});

/**
 * logits[token, expert] = Σ_in x[token, in] · gate[in, expert]
 * @throws {EinlabError} `shape` when the gate is not that of the router
 */
export function scores({ x, cores, experts }: RouterInput, name = 'gate'): Tensor {
  const matrix = coreNamed(cores, name, 'router');
  if (matrix.shape.join() !== [x.shape[1], experts].join()) {
    throw new EinlabError(
      'shape',
      `router: ${name} is f32[${matrix.shape.join(', ')}]; expected f32[in=${x.shape[1]}, expert=${experts}]`,
      { got: matrix.shape, expected: [x.shape[1], experts] },
    );
  }
  return einsum('token in, in expert -> token expert', x, matrix);
}
