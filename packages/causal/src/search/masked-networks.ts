import {
  abs,
  compile,
  divide,
  EinlabError,
  einsum,
  evaluate,
  isTensor,
  multiply,
  sigmoid,
  softplus,
  sqrt,
  square,
  stopGradient,
  subtract,
  sum,
  type Tensor,
  tensor,
  treeLeaves,
  valueAndGrad,
} from '@einlab/einsum-core';
import { adam } from '@einlab/nn';
import { foldIn, normal, type RandomKey, rngFromKey, splitKey, uniformInteger } from '@einlab/numerics';
import type { SearchControl } from './discovery.ts';
import { restoredFit, storedFit } from './fit-state.ts';
import { type DatCheckpoint, fingerprint, nameOf } from './search-checkpoint.ts';

/** One network for each variable, or for some of them, `in → hidden → (mean, deviation)`, of which a mask says what it may see. */
export interface MaskedNetworks {
  /** `f32[in, node, hidden]` */
  readonly first: Float32Array;
  /** `f32[node, hidden]` */
  readonly firstBias: Float32Array;
  /** `f32[node, hidden, 2]` */
  readonly second: Float32Array;
  /** `f32[node, 2]` */
  readonly secondBias: Float32Array;
  /** Inputs. */
  readonly size: number;
  readonly hidden: number;
  /** `f64[in, node]`: the length of the weights from one variable to the network of another. */
  readonly strengths: Float64Array;
}

/** How the networks are fitted. */
export interface MaskedFit {
  readonly steps: number;
  /** Rows of a step; 256 by default. */
  readonly batch?: number;
  /** Sigmoid units; 10 by default. */
  readonly hidden?: number;
  /** Adam's rate. */
  readonly rate: number;
  /** Weight of the sum of the sizes of the first weights, for sparse inputs. */
  readonly sparsity: number;
  /** Weight of the squares of all parameters. */
  readonly decay: number;
  /** Weight of the spectral radius of the strengths at the end of a linear ramp from 0: forces out cycles. 0 leaves it out. */
  readonly acyclicity: number;
}

/** What the networks are fitted to. */
export interface MaskedData {
  /** Z-scored columns, `f32[sample]` each. */
  readonly columns: readonly Float32Array[];
  /** Rows to fit to. */
  readonly rows: Int32Array;
  /** `u8[node][sample]`: 1 where a row does not count for a variable because an intervention set it. */
  readonly isTargeted?: readonly Uint8Array[] | undefined;
  /** `u8[in, node]`: what each network may see. */
  readonly mask: Uint8Array;
  /** Positions of the columns that have a network, in the order of `mask`'s nodes; all by default. Without them all, cycles cannot be forced out. */
  readonly predicted?: readonly number[];
}

interface Weights {
  readonly first: Tensor;
  readonly firstBias: Tensor;
  readonly second: Tensor;
  readonly secondBias: Tensor;
}

/** Smallest deviation that a network can claim, so that a variable that follows exactly does not end the fit. */
const leastDeviation = 1e-3;

/** Mean and deviation of each variable, `f32[batch, node]` each. */
function predict(
  { first, firstBias, second, secondBias }: Weights,
  inputs: Tensor,
  mask: Tensor,
): readonly [Tensor, Tensor] {
  const [batch, nodes] = [inputs.shape[0], mask.shape[1]];
  const masked = multiply(first, mask.reshape([...mask.shape, 1]));
  const hidden = sigmoid(einsum('batch in, in node hidden -> batch node hidden', inputs, masked).add(firstBias));
  const out = einsum('batch node hidden, node hidden out -> batch node out', hidden, second).add(secondBias);
  const head = (at: number): Tensor => out.slice([0, 0, at], [batch, nodes, at + 1]).reshape([batch, nodes]);
  return [head(0), softplus(head(1)).add(leastDeviation)];
}

/** The length of the weights between each pair, `f32[in, node]`. */
const strengthsOf = (first: Tensor, mask: Tensor): Tensor => multiply(sqrt(sum(square(first), 2).add(1e-12)), mask);

/** −ln of the normal density, elementwise. */
const negativeLogLikelihood = (x: Tensor, mean: Tensor, deviation: Tensor): Tensor =>
  square(divide(subtract(x, mean), deviation))
    .multiply(0.5)
    .add(deviation.log())
    .add(0.5 * Math.log(2 * Math.PI));

/** One step of the power iteration for the largest eigenvalue of a positive matrix. */
function iterated(matrix: Tensor, left: Tensor, right: Tensor): readonly [Tensor, Tensor] {
  const unit = (v: Tensor): Tensor => divide(v, sqrt(sum(square(v)).add(1e-30)));
  return [unit(einsum('in node, in -> node', matrix, left)), unit(einsum('in node, node -> in', matrix, right))];
}

const powerSteps = 5;

/** One batch: inputs `f32[batch, in]`, what is predicted, and which of it counts, `f32[batch, node]` each. */
interface Batch {
  readonly x: Tensor;
  readonly own: Tensor;
  readonly counts: Tensor;
}

/** What forces out cycles: the weight of the radius now, and the power iteration's vectors, `f32[in]` and `f32[node]`. */
interface Cycles {
  readonly gamma: Tensor;
  readonly left: Tensor;
  readonly right: Tensor;
}

function compileStep({ rate, sparsity, decay, acyclicity }: MaskedFit) {
  const optimizer = adam({ rate });
  const lossAndGradient = valueAndGrad(
    (weights: Weights, { x, own, counts }: Batch, mask: Tensor, { gamma, left, right }: Cycles): Tensor => {
      const [mean, deviation] = predict(weights, x, mask);
      const likelihood = divide(sum(multiply(negativeLogLikelihood(own, mean, deviation), counts)), x.shape[0]);
      const sparse = sum(multiply(abs(weights.first), mask.reshape([...mask.shape, 1])));
      const size = [weights.first, weights.second].reduce(
        (total: Tensor | number, each) => sum(square(each)).add(total),
        0,
      );
      const loss = likelihood.add(sparse.multiply(sparsity)).add(multiply(size, decay));
      if (acyclicity === 0) return loss;
      const matrix = strengthsOf(weights.first, mask);
      // ∂(largest eigenvalue)/∂A = u vᵀ/(uᵀv), which is what the derivative of this quotient is at fixed u and v.
      const radius = divide(einsum('in, in node, node ->', left, matrix, right), sum(multiply(left, right)).add(1e-12));
      return loss.add(radius.multiply(gamma));
    },
  );
  const step = compile(
    (weights: Weights, state: ReturnType<typeof optimizer.init>, batch: Batch, mask: Tensor, cycles: Cycles) => {
      let { left, right } = cycles;
      if (acyclicity !== 0) {
        const matrix = stopGradient(strengthsOf(weights.first, mask)).add(1e-6);
        for (let i = 0; i < powerSteps; i++) [left, right] = iterated(matrix, left, right);
      }
      const fixed = { gamma: cycles.gamma, left: stopGradient(left), right: stopGradient(right) };
      const [loss, gradient] = lossAndGradient(weights, batch, mask, fixed);
      const updated = { ...optimizer.update(gradient, state, weights), loss };
      return acyclicity === 0 ? updated : { ...updated, vectors: [left, right] as const };
    },
    { donate: [0, 1] },
  );
  return { optimizer, step };
}

/** Networks before training. @param mask - `u8[in, node]` */
function drawWeights(key: RandomKey, size: number, hidden: number, mask: Uint8Array): Weights {
  const [a, b] = splitKey(key, 2).map(rngFromKey);
  const nodes = mask.length / size;
  const inputs = new Float64Array(nodes);
  mask.forEach((entry, at) => {
    inputs[at % nodes] += entry;
  });
  const first = new Float32Array(size * nodes * hidden);
  for (let at = 0; at < first.length; at++) {
    const node = Math.floor(at / hidden) % nodes;
    first[at] = normal(a) / Math.sqrt(Math.max(1, inputs[node]));
  }
  const second = Float32Array.from({ length: nodes * hidden * 2 }, () => (0.5 * normal(b)) / Math.sqrt(hidden));
  return {
    first: tensor(first, { shape: [size, nodes, hidden] }),
    firstBias: tensor(new Float32Array(nodes * hidden), { shape: [nodes, hidden] }),
    second: tensor(second, { shape: [nodes, hidden, 2] }),
    secondBias: tensor(new Float32Array(nodes * 2), { shape: [nodes, 2] }),
  };
}

/** Some rows of some columns, `f32[batch, column]`. */
function valuesOf(columns: readonly Float32Array[], rows: ArrayLike<number>): Tensor {
  const [size, count] = [columns.length, rows.length];
  const values = new Float32Array(count * size);
  columns.forEach((column, j) => {
    for (let i = 0; i < count; i++) values[i * size + j] = column[rows[i]];
  });
  return tensor(values, { shape: [count, size] });
}

/** A batch and which of its entries count. */
function batchOf({ columns, isTargeted, predicted }: MaskedData, rows: ArrayLike<number>): Batch {
  const x = valuesOf(columns, rows);
  const nodes = predicted ?? columns.map((_, j) => j);
  const counts = new Float32Array(rows.length * nodes.length).fill(1);
  nodes.forEach((j, at) => {
    if (isTargeted === undefined) return;
    for (let i = 0; i < rows.length; i++) if (isTargeted[j][rows[i]] === 1) counts[i * nodes.length + at] = 0;
  });
  return {
    x,
    own:
      predicted === undefined
        ? x
        : valuesOf(
            predicted.map((j) => columns[j]),
            rows,
          ),
    counts: tensor(counts, { shape: [rows.length, nodes.length] }),
  };
}

/** How a fit is watched, stopped, and gone on with. */
export interface MaskedFitControl extends SearchControl {
  readonly phase?: string;
  /** Where the state is written down now and then; a fit of the same to the same goes on from there, to the same bits. */
  readonly checkpoint?: DatCheckpoint | undefined;
  /** Steps from one writing to the next; 500 by default. */
  readonly writeEvery?: number;
}

/** A name for what a fit's numbers depend on. */
const fitName = (key: RandomKey, { columns, rows, isTargeted, mask, predicted }: MaskedData, fit: MaskedFit): string =>
  nameOf({
    key,
    fit,
    predicted,
    data: fingerprint([
      ...columns,
      Float64Array.from(rows),
      ...(isTargeted ?? []).map((each) => Float32Array.from(each)),
    ]),
    mask: [...mask].join(''),
  });

/** What a fit begins with, on the device. */
async function beginFit(
  key: RandomKey,
  vectorKey: RandomKey,
  data: MaskedData,
  { optimizer, hidden }: { readonly optimizer: ReturnType<typeof adam>; readonly hidden: number },
) {
  const size = data.columns.length;
  const positive = (which: number, length: number): Tensor => {
    const rng = rngFromKey(foldIn(vectorKey, which));
    return tensor(
      Float32Array.from({ length }, () => 0.5 + Math.abs(normal(rng))),
      { shape: [length] },
    );
  };
  const weights = await evaluate(drawWeights(key, size, hidden, data.mask));
  const state = await evaluate(optimizer.init(weights));
  const [left, right] = await evaluate([positive(0, size), positive(1, data.predicted?.length ?? size)] as const);
  return { weights, state, left, right };
}

const free = (tree: unknown): void => {
  for (const leaf of treeLeaves(tree)) if (isTensor(leaf)) leaf.dispose();
};

/**
 * Fits a Gaussian network for each variable to its likelihood, sparse and, where asked for, without cycles.
 *
 * @throws {EinlabError} `option`, when the signal was aborted; `data`, where a checkpoint holds something else.
 * @see Nazaret et al. 2024, equations (5) to (8).
 */
export async function fitMaskedNetworks(
  key: RandomKey,
  data: MaskedData,
  fit: MaskedFit,
  { checkpoint, writeEvery = 500, ...control }: MaskedFitControl = {},
): Promise<MaskedNetworks> {
  const { steps, batch = 256, hidden = 10, acyclicity } = fit;
  const size = data.columns.length;
  const nodes = data.predicted?.length ?? size;
  const [drawKey, rowKey, vectorKey] = splitKey(key, 3);
  const { optimizer, step: program } = compileStep(fit);
  const mask = await evaluate(tensor(Float32Array.from(data.mask), { shape: [size, nodes] }));
  const name = checkpoint === undefined ? '' : fitName(key, data, fit);
  let now = await beginFit(drawKey, vectorKey, data, { optimizer, hidden });
  try {
    let from = 0;
    const known = await checkpoint?.read(name);
    if (known !== undefined) {
      const restored = await restoredFit(known, now);
      free(now);
      ({ step: from, state: now } = restored);
    }
    for (let step = from; step < steps; step++) {
      if (step % 20 === 0) {
        await new Promise<void>((resolve) => {
          setTimeout(resolve, 0);
        });
        if (control.signal?.aborted === true) throw new EinlabError('option', 'search: stopped by its signal');
        control.onProgress?.({ phase: control.phase ?? 'fitting networks', fraction: step / steps });
      }
      if (checkpoint !== undefined && step > from && step % writeEvery === 0)
        await checkpoint.write(name, await storedFit({ step, state: now }));
      const rng = rngFromKey(foldIn(rowKey, step));
      const rows = Int32Array.from({ length: batch }, () => data.rows[uniformInteger(rng, data.rows.length)]);
      const gamma = tensor((acyclicity * step) / steps);
      const { weights, state, left, right } = now;
      const result = await program(weights, state, batchOf(data, rows), mask, { gamma, left, right });
      result.loss.dispose();
      now = { ...now, weights: result.params, state: result.state };
      if (!('vectors' in result)) continue;
      free([left, right]);
      now = { ...now, left: result.vectors[0], right: result.vectors[1] };
    }
    const { weights } = now;
    const read = async (each: Tensor): Promise<Float32Array> => Float32Array.from(await each.data());
    return {
      first: await read(weights.first),
      firstBias: await read(weights.firstBias),
      second: await read(weights.second),
      secondBias: await read(weights.secondBias),
      size,
      hidden,
      strengths: Float64Array.from(await read(strengthsOf(weights.first, mask))),
    };
  } finally {
    program.dispose();
    free([now, mask]);
  }
}

/** Mean and deviation of every variable in some rows, `f64[sample, node]` each, by networks for all of them. */
export async function predictWithNetworks(
  networks: MaskedNetworks,
  data: Pick<MaskedData, 'columns' | 'mask'>,
  rows: Int32Array,
): Promise<{ readonly mean: Float64Array; readonly deviation: Float64Array }> {
  const { size, hidden } = networks;
  const weights: Weights = {
    first: tensor(networks.first, { shape: [size, size, hidden] }),
    firstBias: tensor(networks.firstBias, { shape: [size, hidden] }),
    second: tensor(networks.second, { shape: [size, hidden, 2] }),
    secondBias: tensor(networks.secondBias, { shape: [size, 2] }),
  };
  const mask = tensor(Float32Array.from(data.mask), { shape: [size, size] });
  const [mean, deviation] = [new Float64Array(rows.length * size), new Float64Array(rows.length * size)];
  for (let from = 0; from < rows.length; from += 1024) {
    const part = rows.subarray(from, from + 1024);
    const [m, s] = predict(weights, valuesOf(data.columns, part), mask);
    mean.set(await m.data(), from * size);
    deviation.set(await s.data(), from * size);
  }
  return { mean, deviation };
}
