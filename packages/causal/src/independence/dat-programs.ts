import {
  arange,
  type Compiled,
  compile,
  multiply,
  sigmoid,
  square,
  stopGradient,
  subtract,
  sum,
  type Tensor,
  take,
  valueAndGrad,
  where,
} from '@einlab/einsum-core';
import { adam, type Optimizer, type OptimizerState } from '@einlab/nn';
import { applyFamily, type NetworkFamily } from './dat-network.ts';

export interface Batch {
  /** `f32[node + 2, batch]`: behind the variables a row of zeros and a row of ones. */
  readonly columns: Tensor;
  /** `f32[in, batch]` */
  readonly noise: Tensor;
}

export interface Indices {
  /** `i32[test, in]`: the blanket, padded with the position of the row of zeros; x; the row of ones. */
  readonly inputs: Tensor;
  /** `i32[test, 1]` */
  readonly y: Tensor;
}

/** Where ψ comes from, see `gatesOf`. */
export interface Gates {
  /** `f32[test, in]`, before the sigmoid. */
  readonly theta: Tensor;
  /** `f32[test, in]`: −1 where ψ is free, else ψ: 1 for padding, x and the one, which no noise hides. */
  readonly fixed: Tensor;
}

/** Losses without and with x, `f32[test, batch]` each. */
export function lossesOf(
  nets: NetworkFamily,
  psi: Tensor,
  { inputs: members, y }: Indices,
  { columns, noise }: Batch,
  mayBend: boolean,
  drawn?: Tensor,
): readonly [Tensor, Tensor] {
  const [tests, width] = members.shape;
  const rows = columns.shape[1];
  const gate = psi.reshape([tests, width, 1]);
  const mixed = multiply(gate, take(columns, members, 0)).add(multiply(subtract(1, gate), noise));
  const inputs =
    drawn === undefined
      ? mixed
      : where(
          arange(width)
            .equal(width - 2)
            .reshape([width, 1]),
          drawn,
          mixed,
        );
  const said = applyFamily(nets, inputs);
  const statistic = (at: number): Tensor => said.slice([0, 0, at], [tests, rows, at + 1]);
  const column = take(columns, y, 0).reshape([tests, rows, 1]);
  const residual = subtract(column, statistic(0));
  // The second statistic is the squared residual, as a number to be predicted: nothing flows through it.
  const excess = subtract(square(stopGradient(residual)), statistic(1));
  const [r, e] = mayBend ? [residual, excess] : [stopGradient(residual), stopGradient(excess)];
  const without = square(residual).add(square(excess));
  const given = square(subtract(r, statistic(2))).add(square(subtract(e, statistic(3))));
  const flat = [tests, rows];
  return [without.reshape(flat), given.reshape(flat)];
}

const perTest = (losses: Tensor): Tensor => losses.mean(1);

export interface Fitted {
  readonly params: NetworkFamily;
  readonly state: OptimizerState;
}

export interface Chosen {
  readonly params: Tensor;
  readonly state: OptimizerState;
  /** What x explains in this batch, `f32[test]`. */
  readonly explained: Tensor;
}

export interface Programs {
  readonly networks: Optimizer;
  readonly gates: Optimizer;
  readonly fit: Compiled<[NetworkFamily, OptimizerState, Gates, Indices, Batch], Fitted>;
  readonly choose: Compiled<[Tensor, OptimizerState, NetworkFamily, Tensor, Tensor, Indices, Batch], Chosen>;
  /** The same with x drawn again, `f32[test, 1, batch]`. */
  readonly evaluateDrawn: Compiled<[NetworkFamily, Gates, Indices, Batch, Tensor], Tensor>;
  readonly evaluate: Compiled<[NetworkFamily, Gates, Indices, Batch], Tensor>;
}

/**
 * The programs that are replayed. Networks descend L1 + L2, the residual being a number for the second one; ψ descends L1 − L2 through both of
 * them, with ψ(1 − ψ) punished more and more.
 */
export function compilePrograms(rate: number): Programs {
  const networks = adam({ rate });
  const gateOptimizer = adam({ rate: 10 * rate, betas: [0.9, 0.9] });
  const fitGradient = valueAndGrad((nets: NetworkFamily, psi: Tensor, indices: Indices, batch: Batch): Tensor => {
    const [without, given] = lossesOf(nets, psi, indices, batch, false);
    return sum(perTest(without.add(given)));
  });
  const chooseGradient = valueAndGrad(
    (
      theta: Tensor,
      nets: NetworkFamily,
      fixed: Tensor,
      ramp: Tensor,
      indices: Indices,
      batch: Batch,
    ): readonly [Tensor, Tensor] => {
      const psi = gatesOf({ theta, fixed });
      const [without, given] = lossesOf(nets, psi, indices, batch, true);
      const explained = perTest(subtract(without, given));
      const fractional = sum(multiply(psi, subtract(1, psi)));
      return [sum(explained).add(multiply(ramp, fractional)), explained];
    },
    { auxiliary: true },
  );
  return {
    networks,
    gates: gateOptimizer,
    fit: compile(
      (nets, state, gates, indices, batch) => {
        const [, gradients] = fitGradient(nets, gatesOf(gates), indices, batch);
        return networks.update(gradients, state, nets);
      },
      { donate: [0, 1] },
    ),
    choose: compile(
      (theta, state, nets, fixed, ramp, indices, batch) => {
        const [[, explained], gradient] = chooseGradient(theta, nets, fixed, ramp, indices, batch);
        return { ...gateOptimizer.update(gradient, state, theta), explained };
      },
      { donate: [0, 1] },
    ),
    evaluateDrawn: compile((nets, gates, indices, batch, drawn) => {
      const [without, given] = lossesOf(nets, gatesOf(gates), indices, batch, true, drawn);
      return subtract(without, given);
    }),
    evaluate: compile((nets, gates, indices, batch) => {
      const [without, given] = lossesOf(nets, gatesOf(gates), indices, batch, true);
      return subtract(without, given);
    }),
  };
}

/** ψ = sigmoid θ, but what is fixed where something is: 0 for padding, 1 for what belongs to every set. */
export function gatesOf({ theta, fixed }: Gates): Tensor {
  return where(fixed.less(0), sigmoid(theta), fixed);
}

/** Frees the programs. */
export function disposePrograms({ fit, choose, evaluate, evaluateDrawn }: Programs): void {
  for (const each of [fit, choose, evaluate, evaluateDrawn]) each.dispose();
}
