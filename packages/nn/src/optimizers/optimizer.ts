import {
  EinlabError,
  isTensor,
  mapTree,
  multiply,
  type Tensor,
  type TensorLike,
  treeEntries,
  zeros,
} from '@einlab/einsum-core';
import type { RateTree } from '../rates.ts';

/** What an optimizer remembers: a count of steps, and tensors by the names of the parameters they belong to. */
export interface OptimizerState {
  /** Updates made so far, `f32[]`: exact up to 2²⁴. */
  readonly step: Tensor;
  /** First moments or momentum, by parameter name. */
  readonly first?: Readonly<Record<string, Tensor>>;
  /** Second moments, by parameter name. */
  readonly second?: Readonly<Record<string, Tensor>>;
}

/** What one update takes besides gradients, state and parameters. */
export interface UpdateOptions {
  /** The rate of this step, as a schedule gives it; a tensor where the step is compiled. Default the optimizer's own. */
  readonly rate?: TensorLike;
}

/** An update rule as pure functions over trees: nothing is changed, everything is returned. */
export interface Optimizer {
  readonly name: string;
  /** The base rate, for runs without a schedule. */
  readonly rate: number;
  /** The state before the first update. */
  init(params: unknown): OptimizerState;
  /**
   * Parameters and state after one step. Lazy, so that a whole training step compiles into one program; leaves that are
   * not f32 tensors pass through.
   */
  update<Params>(
    grads: Params,
    state: OptimizerState,
    params: Params,
    options?: UpdateOptions,
  ): {
    readonly params: Params;
    readonly state: OptimizerState;
  };
  toString(): string;
}

/** Which parameters decay, by name and shape. */
export type DecayFilter = (name: string, parameter: Tensor) => boolean;

/** Matrices and larger cores decay, vectors and scalars (biases, gains) do not. */
export const decayMatrices: DecayFilter = (_name, parameter) => parameter.rank >= 2;

/** The f32 tensors of a tree by name: what an optimizer trains. */
export function trainable(tree: unknown): Map<string, Tensor> {
  return new Map(
    treeEntries(tree).flatMap(([name, leaf]): [string, Tensor][] =>
      isTensor(leaf) && leaf.dtype === 'f32' ? [[name, leaf]] : [],
    ),
  );
}

/**
 * The gradients of what an optimizer trains. Where a parameter is no f32 tensor (integers, weights stored in 16 bits), it
 * stands there itself, whatever its gradient is.
 */
export function trainedGradients<Params>(grads: Params, params: Params): Params {
  const parameters = new Map(treeEntries(params));
  const trained = trainable(params);
  return mapTree<Params>(grads, (leaf, path) => (trained.has(path) ? leaf : parameters.get(path)));
}

/** The multiplier of each parameter: from a tree of the model's shape, or 1 for all. */
export function multipliersFor(where: string, rates: RateTree | undefined): (name: string) => number {
  if (rates === undefined) return () => 1;
  const entries = new Map(treeEntries(rates));
  return (name) => {
    const value = entries.get(name);
    if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value;
    throw new EinlabError(
      'option',
      `${where}: the rate multiplier of "${name}" is ${typeof value === 'number' ? value : 'missing'}; expected a number ≥ 0 (make the rates from the same model)`,
      { name, value },
    );
  };
}

/** β·mean + (1 − β)·value */
export const average = (mean: Tensor, value: Tensor, beta: number): Tensor =>
  multiply(mean, beta).add(multiply(value, 1 - beta));

/** A rate times a constant; stays a number where it can. */
export function scaledRate(rate: TensorLike, by: number): TensorLike {
  if (typeof rate === 'number') return rate * by;
  return by === 1 ? rate : multiply(rate, by);
}

/** What an update rule has found out about one parameter, and how that parameter decays. */
export interface Move {
  /** Where it goes, against the sign. */
  readonly direction: Tensor;
  readonly rate: TensorLike;
  /** The parameter's multiplier κ of the rate. */
  readonly multiplier: number;
  /** λ where the parameter decays, the part of it that goes in each step; else 0. */
  readonly decay: number;
}

/** w − η κ · direction − λ · w: the decay carries neither the rate nor the multiplier, in every rule. */
export function moved(parameter: Tensor, { direction, rate, multiplier, decay }: Move): Tensor {
  const ahead = parameter.subtract(multiply(direction, scaledRate(rate, multiplier)));
  return decay > 0 ? ahead.subtract(multiply(parameter, decay)) : ahead;
}

/** Zeros of each parameter's shape, by name: where a moment starts. */
export const zeroMoments = (parameters: ReadonlyMap<string, Tensor>): Record<string, Tensor> =>
  Object.fromEntries([...parameters].map(([path, { shape }]) => [path, zeros(shape)]));

/** A weight that loses this part of itself in every step is halved in 69 of them. */
const largestDecay = 0.01;

/** Refuses a decay below 0, and one that was meant to be multiplied by a rate. */
export function assertDecay(where: string, weightDecay: number): void {
  if (weightDecay >= 0 && weightDecay < largestDecay) return;
  throw new EinlabError(
    'option',
    `${where}: weightDecay is ${weightDecay}; expected a number in [0, ${largestDecay}), the part of a weight that goes in each step whatever the rate. A coefficient that is multiplied by the rate elsewhere becomes coefficient · rate, such as 0.1 · 0.001 = 1e-4`,
    { weightDecay },
  );
}

/** Refuses a number outside [low, high). */
export function assertOption(where: string, name: string, value: number, low: number, high: number = Infinity): void {
  if (value >= low && value < high) return;
  throw new EinlabError('option', `${where}: ${name} is ${value}; expected a number in [${low}, ${high})`, {
    [name]: value,
  });
}
