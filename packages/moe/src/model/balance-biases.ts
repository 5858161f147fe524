import { isTensor, mapTree, multiply, sign, subtract, type Tensor, treeEntries } from '@einlab/einsum-core';
import { isStructuredMap, type Optimizer } from '@einlab/nn';
import { positiveNumber } from '../options.ts';
import { isMixture } from './count-active-parameters.ts';

/**
 * An optimizer that moves the biases of `sigmoidRouter` by its own rule, whatever the wrapped optimizer does with everything else:
 *
 *   bias[expert] −= speed · sign(load[expert] − mean load)
 *
 * so that an expert with more than its share of the batch is chosen less from the next step on.
 *
 * @param options - `speed` of the biases, in units of the scores in [0, 1]; default 0.001, as in the paper. No schedule scales it
 * @throws {EinlabError} `option` for a speed that is none
 * @see Wang et al. 2024, "Auxiliary-Loss-Free Load Balancing Strategy for Mixture-of-Experts", algorithm 1
 */
export function balanceBiases(optimizer: Optimizer, { speed = 0.001 }: { readonly speed?: number } = {}): Optimizer {
  positiveNumber('balanceBiases', 'speed', speed);
  return {
    name: optimizer.name,
    rate: optimizer.rate,
    init: (params) => optimizer.init(params),
    update(grads, state, params, options) {
      const updated = optimizer.update(grads, state, params, options);
      const [before, excess] = [new Map(treeEntries(params)), new Map(treeEntries(grads))];
      const biases = routerBiases(params);
      const balanced = mapTree<typeof params>(updated.params, (leaf, path) => {
        const [bias, gradient] = [before.get(path), excess.get(path)];
        const isBias = biases.has(path) && isTensor(bias) && isTensor(gradient);
        return isBias ? moved(bias, gradient, speed) : leaf;
      });
      return { ...updated, params: balanced };
    },
    toString: () => `balanceBiases(${optimizer}, { speed: ${speed} })`,
  };
}

const moved = (bias: Tensor, excess: Tensor, speed: number): Tensor => subtract(bias, multiply(sign(excess), speed));

/** Paths of the biases that routers choose with. */
function routerBiases(params: unknown): ReadonlySet<string> {
  return new Set(
    treeEntries(params).flatMap(([path, leaf]) =>
      isStructuredMap(leaf) && isMixture(leaf) && leaf.router.name === 'sigmoid'
        ? [`${path.slice(0, -'map'.length)}cores.bias`]
        : [],
    ),
  );
}
