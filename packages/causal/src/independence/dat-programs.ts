import {
  arange,
  type Compiled,
  compile,
  multiply,
  pad,
  sigmoid,
  square,
  stopGradient,
  subtract,
  type Tensor,
  take,
  tensor,
  where,
} from '@einlab/einsum-core';
import { adam, type Optimizer, type OptimizerState } from '@einlab/nn';
import { applyFamily, familySlopes, gateSlopes, type NetworkFamily } from './dat-network.ts';
import { inParts } from './in-parts.ts';

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

/**
 * What the networks are given, `f32[test, in, batch]`: of each blanket what ψ keeps, noise in place of the rest, then x and a one; and of the blankets the values
 * less the noise, which is its derivative by ψ, `f32[test, in − 2, batch]`.
 */
function inputsOf(psi: Tensor, { inputs: members }: Indices, { columns, noise }: Batch, drawn?: Tensor) {
  const [tests, width] = members.shape;
  const gate = psi.reshape([tests, width, 1]);
  const values = take(columns, members, 0);
  const mixed = multiply(gate, values).add(multiply(subtract(1, gate), noise));
  const [rows, blanket] = [values.shape[2], width - 2];
  // Not what the mixture is made of: one loop that writes both takes longer than two.
  const away = subtract(values.slice([0, 0, 0], [tests, blanket, rows]), noise.slice([0, 0], [blanket, rows]));
  if (drawn === undefined) return { away, mixed };
  const isX = arange(width)
    .equal(width - 2)
    .reshape([width, 1]);
  return { away, mixed: where(isX, drawn, mixed) };
}

/** What the networks leave of y, `f32[test, batch]` each: of its mean and of its squared residual, without x and with it. */
function residualsOf(said: Tensor, { y }: Indices, { columns }: Batch) {
  const [tests, , , rows] = said.shape;
  const statistic = (net: number, at: number): Tensor =>
    said.slice([0, net, at, 0], [tests, net + 1, at + 1, rows]).reshape([tests, rows]);
  const column = take(columns, y, 0).reshape([tests, rows]);
  const mean = subtract(column, statistic(0, 0));
  // The second statistic is the squared residual, as a number to be predicted: nothing flows through it.
  const spread = subtract(square(stopGradient(mean)), statistic(0, 1));
  return { statistic, mean, spread };
}

/**
 * Losses without and with x, `f32[test, batch]` each: with the residuals ρ₁ = y − μ and ρ₂ = ρ₁² − ν of the first network,
 *
 *   L1 = ρ₁² + ρ₂²,  L2 = (ρ₁ − μ′)² + (ρ₂ − ν′)²
 *
 * @param mayBend - whether L2 moves the first network too; else ρ is a number for it.
 */
export function lossesOf(
  nets: NetworkFamily,
  psi: Tensor,
  indices: Indices,
  batch: Batch,
  mayBend: boolean,
  drawn?: Tensor,
): readonly [Tensor, Tensor] {
  const { said } = applyFamily(nets, inputsOf(psi, indices, batch, drawn).mixed);
  const { mean, spread, statistic } = residualsOf(said, indices, batch);
  const [r, e] = mayBend ? [mean, spread] : [stopGradient(mean), stopGradient(spread)];
  const without = square(mean).add(square(spread));
  const given = square(subtract(r, statistic(1, 0))).add(square(subtract(e, statistic(1, 1))));
  return [without, given];
}

/** Four arrays `f32[test, batch]` as one, `f32[test, net, statistic, batch]`: each times 1 in its place and 0 elsewhere, which one loop does. */
function joined(parts: readonly [Tensor, Tensor, Tensor, Tensor]): Tensor {
  const [tests, rows] = parts[0].shape;
  const placed = parts.map((part, at) =>
    multiply(
      part.reshape([tests, 1, 1, rows]),
      tensor(
        Float32Array.from({ length: 4 }, (_, place) => (place === at ? 1 : 0)),
        { shape: [2, 2, 1] },
      ),
    ),
  );
  return placed.reduce((sum, each) => sum.add(each));
}

/** The derivative of the mean L1 + L2 by all weights, the residuals being numbers for L2. */
export function fitSlopes(nets: NetworkFamily, psi: Tensor, indices: Indices, batch: Batch): NetworkFamily {
  const { mixed } = inputsOf(psi, indices, batch);
  const found = applyFamily(nets, mixed);
  const { mean, spread, statistic } = residualsOf(found.said, indices, batch);
  const factor = -2 / batch.columns.shape[1];
  const slope = joined([mean, spread, subtract(mean, statistic(1, 0)), subtract(spread, statistic(1, 1))]);
  return familySlopes(nets, mixed, found, multiply(slope, factor));
}

/**
 * The mean L1 − L2 of each test, `f32[test]`, and its derivative by ψ, `f32[test, in]`, of the blankets: 0 for x and the one, whose ψ is fixed. With the derivative s by what the units of the first layer are given,
 *
 *   ∂(L1 − L2)/∂(μ, ν, μ′, ν′) = (−2μ′, −2ν′, 2(ρ₁ − μ′), 2(ρ₂ − ν′))
 *   ∂/∂ψᵢ = Σ over rows and units of (valueᵢ − noiseᵢ) wᵢ s = Σ over units of wᵢ · (Σ over rows of (valueᵢ − noiseᵢ) s),
 *
 * whose inner sum is a derivative by weights at the inputs value − noise.
 */
export function chooseSlopes(
  nets: NetworkFamily,
  psi: Tensor,
  indices: Indices,
  batch: Batch,
): { readonly explained: Tensor; readonly psi: Tensor } {
  const { away, mixed } = inputsOf(psi, indices, batch);
  const found = applyFamily(nets, mixed);
  const { mean, spread, statistic } = residualsOf(found.said, indices, batch);
  const [m, s] = [statistic(1, 0), statistic(1, 1)];
  const [r, e] = [subtract(mean, m), subtract(spread, s)];
  const slope = multiply(joined([m.negate(), s.negate(), r, e]), 2 / batch.columns.shape[1]);
  return {
    explained: square(mean).add(square(spread)).subtract(square(r)).subtract(square(e)).mean(1),
    psi: pad(gateSlopes(nets, away, found, slope), [0, 0], [0, 2]),
  };
}

/** The same for some tests after the other. */
const fitSlopesInParts = (
  all: { readonly nets: NetworkFamily; readonly psi: Tensor; readonly indices: Indices },
  batch: Batch,
): NetworkFamily => inParts(all.psi.shape[0], all, ({ nets, psi, indices }) => fitSlopes(nets, psi, indices, batch));

export interface Fitted {
  readonly params: NetworkFamily;
  readonly state: OptimizerState;
}

/** What changes while a family plays. */
export interface Playing {
  readonly nets: NetworkFamily;
  readonly state: OptimizerState;
  /** ψ before its sigmoid, `f32[test, in]`. */
  readonly theta: Tensor;
  readonly gateState: OptimizerState;
}

/** What a round of the game is given. */
export interface RoundData {
  /** See `Gates`. */
  readonly fixed: Tensor;
  /** Weight of ψ(1 − ψ). */
  readonly ramp: Tensor;
  readonly indices: Indices;
  /** For the step of ψ and for that of the networks. */
  readonly batches: readonly [Batch, Batch];
}

export interface Played {
  readonly now: Playing;
  /** What x explained in the first batch, `f32[test]`. */
  readonly explained: Tensor;
}

export interface Programs {
  readonly networks: Optimizer;
  readonly gates: Optimizer;
  readonly fit: Compiled<[NetworkFamily, OptimizerState, Gates, Indices, Batch], Fitted>;
  /** A step of ψ and one of the networks: one program, so that a round is called once. */
  readonly round: Compiled<[Playing, RoundData], Played>;
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
  return {
    networks,
    gates: gateOptimizer,
    fit: compile(
      (nets, state, gates, indices, batch) =>
        networks.update(fitSlopesInParts({ nets, psi: gatesOf(gates), indices }, batch), state, nets),
      { donate: [0, 1] },
    ),
    round: compile(
      ({ nets, state, theta, gateState }, { fixed, ramp, indices, batches }) => {
        const psi = gatesOf({ theta, fixed });
        const { explained, psi: slope } = inParts(theta.shape[0], { nets, psi, indices }, (part) =>
          chooseSlopes(part.nets, part.psi, part.indices, batches[0]),
        );
        // ψ(1 − ψ) is dψ/dθ and its own derivative by ψ is 1 − 2ψ.
        const fractional = multiply(subtract(1, multiply(psi, 2)), ramp);
        const gradient = multiply(slope.add(fractional), multiply(psi, subtract(1, psi)));
        const chosen = gateOptimizer.update(where(fixed.less(0), gradient, 0), gateState, theta);
        const gates = gatesOf({ theta: chosen.params, fixed });
        const fitted = networks.update(fitSlopesInParts({ nets, psi: gates, indices }, batches[1]), state, nets);
        return {
          now: { nets: fitted.params, state: fitted.state, theta: chosen.params, gateState: chosen.state },
          explained,
        };
      },
      { donate: [0] },
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
export function disposePrograms({ fit, round, evaluate, evaluateDrawn }: Programs): void {
  for (const each of [fit, round, evaluate, evaluateDrawn]) each.dispose();
}
