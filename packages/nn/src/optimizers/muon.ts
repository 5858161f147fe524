import { isTensor, mapTree, multiply, type Tensor, vmap, zeros } from '@einlab/einsum-core';
import type { BlockSizes, RateTree } from '../rates.ts';
import { adamW } from './adam-w.ts';
import {
  assertDecay,
  assertOption,
  type DecayFilter,
  decayMatrices,
  moved,
  multipliersFor,
  type Optimizer,
  type OptimizerState,
  scaledRate,
  trainable,
  trainedGradients,
  zeroMoments,
} from './optimizer.ts';
import { assertSteps, orthogonalize } from './orthogonalize.ts';

/** How Muon is set. */
export interface MuonOptions {
  /** The base rate of the matrices, η > 0; default 0.02. */
  readonly rate?: number;
  /** μ; default 0.95. */
  readonly momentum?: number;
  /** Looks ahead along the momentum; default true. */
  readonly nesterov?: boolean;
  /** Newton–Schulz steps; default 5. */
  readonly steps?: number;
  /** λ, the part of a parameter that goes in each step, whatever rate and multiplier; default 0. */
  readonly weightDecay?: number;
  /** Which matrices decay; default all. */
  readonly decay?: DecayFilter;
  /** Multipliers κ of the rate for each matrix; default 1, which suits every width because the update has its size from the shape. */
  readonly rates?: RateTree;
  /**
   * Which of the parameters of rank 2 are orthogonalized; default all. Leave out embeddings and the head, whose rows are vectors of
   * their own: `(name) => name.startsWith('blocks.')`.
   */
  readonly matrices?: (name: string, parameter: Tensor) => boolean;
  /**
   * Parameters that are stacks of matrices, with the size of one: each is orthogonalized by itself. `coreBlocks(model)` gives those of
   * structured layers. Default none.
   */
  readonly blocks?: BlockSizes;
  /** What updates everything else; default `adamW()`. Its rate keeps its proportion to Muon's when a schedule sets that. */
  readonly others?: Optimizer;
}

/**
 * Momentum, orthogonalized. For a matrix `w[in, out]`, its gradient g and its multiplier κ:
 *
 *   m ← μ m + g        u = g + μ m (nesterov) or m        w ← w − λ w − η κ √max(1, out/in) · orthogonalize(u)
 *
 * Every other parameter goes to `others`, at the rate η · others.rate / rate.
 *
 * @remarks Cores of structured layers that have more than two axes go to `others`, unless `blocks` says how large their matrices are.
 * @see Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"
 * @throws {EinlabError} `option` for settings out of range, and at `init` for matrices without a multiplier
 */
export function muon(options: MuonOptions = {}): Optimizer {
  const { rate: baseRate = 0.02, momentum = 0.95, nesterov = true, steps = 5 } = options;
  const { weightDecay = 0, decay = decayMatrices, matrices = () => true, blocks = {}, others = adamW() } = options;
  assertOption('muon', 'rate', baseRate, Number.MIN_VALUE);
  assertOption('muon', 'momentum', momentum, 0, 1);
  assertSteps('muon', steps);
  assertDecay('muon', weightDecay);
  const multiplierOf = multipliersFor('muon', options.rates);
  const isMatrix = (path: string, parameter: Tensor): boolean =>
    (parameter.rank === 2 || Object.hasOwn(blocks, path)) && matrices(path, parameter);

  return {
    name: 'muon',
    rate: baseRate,
    init(params): OptimizerState {
      const [chosen, rest] = partition(trainable(params), isMatrix);
      for (const path of chosen.keys()) multiplierOf(path);
      const state = others.init(Object.fromEntries(rest));
      return { ...state, first: { ...state.first, ...zeroMoments(chosen) } };
    },
    update(grads, state, params, { rate = baseRate } = {}) {
      const gradients = trainable(trainedGradients(grads, params));
      const withGradient = new Map([...trainable(params)].filter(([path]) => gradients.has(path)));
      const [chosen, rest] = partition(withGradient, isMatrix);
      const ofRest = (all: Readonly<Record<string, Tensor>> | undefined): Record<string, Tensor> =>
        Object.fromEntries(Object.entries(all ?? {}).filter(([path]) => !chosen.has(path)));
      const beside = others.update<Record<string, Tensor>>(
        ofRest(Object.fromEntries(gradients)),
        { ...state, first: ofRest(state.first) },
        Object.fromEntries(rest),
        { rate: scaledRate(rate, others.rate / baseRate) },
      );
      const first: Record<string, Tensor> = {};
      const updated = mapTree<typeof params>(params, (parameter, path) => {
        const gradient = gradients.get(path);
        if (!isTensor(parameter) || gradient === undefined) return parameter;
        if (!chosen.has(path)) return beside.params[path] ?? parameter;
        const velocity = multiply(state.first?.[path] ?? zeros(parameter.shape), momentum).add(gradient);
        first[path] = velocity;
        const [rows = 1, columns = 1] = blocks[path] ?? parameter.shape;
        const ahead = nesterov ? multiply(velocity, momentum).add(gradient) : velocity;
        const direction = orthogonalizeBlocks(ahead, [rows, columns], steps);
        const factor = multiplierOf(path) * Math.sqrt(Math.max(1, columns / Math.max(1, rows)));
        const own = decay(path, parameter) ? weightDecay : 0;
        return moved(parameter, { direction, rate, multiplier: factor, decay: own });
      });
      return { params: updated, state: { ...beside.state, first: { ...beside.state.first, ...first } } };
    },
    toString: () =>
      `muon({ rate: ${baseRate}, momentum: ${momentum}, nesterov: ${nesterov}, steps: ${steps}, weightDecay: ${weightDecay}, others: ${others} })`,
  };
}

/** Each matrix of a stack by itself; a parameter that is one matrix as it is. */
function orthogonalizeBlocks(stack: Tensor, [rows, columns]: readonly [number, number], steps: number): Tensor {
  if (stack.rank === 2 && stack.shape[0] === rows) return orthogonalize(stack, { steps });
  const each = vmap((matrix: Tensor) => orthogonalize(matrix, { steps }));
  return each(stack.reshape([stack.size / (rows * columns), rows, columns])).reshape(stack.shape);
}

/** Entries that pass a test, and the others. */
function partition(
  entries: ReadonlyMap<string, Tensor>,
  passes: (path: string, tensor: Tensor) => boolean,
): readonly [Map<string, Tensor>, Map<string, Tensor>] {
  const [chosen, rest] = [new Map<string, Tensor>(), new Map<string, Tensor>()];
  for (const [path, tensor] of entries) (passes(path, tensor) ? chosen : rest).set(path, tensor);
  return [chosen, rest];
}
