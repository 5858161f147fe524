import { rngFromKey, keyFromSeed, uniformInteger } from '@einlab/numerics';
import { checkpoint } from '../autodiff/checkpoint.ts';
import { grad } from '../autodiff/grad.ts';
import { cumulativeSum } from '../operations/cumulative-sum.ts';
import * as elementwise from '../operations/elementwise.ts';
import { einsum } from '../operations/einsum.ts';
import { take } from '../operations/indexing.ts';
import { prod } from '../operations/prod.ts';
import * as reductions from '../operations/reductions.ts';
import * as shapes from '../operations/shape.ts';
import { window } from '../operations/window.ts';
import { iota, tensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Draws a whole number below a limit. */
type Draw = (limit: number) => number;

const SIZES = [1, 2, 3, 4, 5, 8];

/** Operations whose values and derivatives stay moderate, so that f32 and f64 can be compared after dozens of them. */
const UNARY: readonly ((x: Tensor) => Tensor)[] = [
  elementwise.tanh,
  elementwise.sigmoid,
  elementwise.sin,
  elementwise.gelu,
  elementwise.negate,
  elementwise.softplus,
  (x) => elementwise.multiply(x, 0.5),
  (x) => elementwise.rsqrt(elementwise.add(elementwise.square(x), 1)),
  elementwise.stopGradient,
  checkpoint((x: Tensor) => elementwise.tanh(elementwise.multiply(elementwise.sin(x), x))),
  (x) => elementwise.exp(elementwise.negate(elementwise.square(x))),
];

/** Row-wise compositions of several folds, as layers have them. */
const ROW: readonly ((x: Tensor) => Tensor)[] = [
  (x) => reductions.softmax(x),
  (x) => reductions.logSoftmax(x),
  (x) => elementwise.subtract(x, reductions.mean(x, -1, { keepDims: true })),
  (x) =>
    elementwise.multiply(x, elementwise.rsqrt(elementwise.add(reductions.variance(x, -1, { keepDims: true }), 0.1))),
  (x) => reductions.max(x, -1, { keepDims: true }),
  (x) => elementwise.multiply(cumulativeSum(x, 0), 1 / Math.max(1, x.shape[0])),
  (x) => prod(elementwise.tanh(x), -1, { keepDims: true }),
  (x) => shapes.flip(x, -1),
  (x) => elementwise.where(elementwise.greater(iota(x.shape, x.rank - 1), 0), x, elementwise.multiply(x, 0.25)),
];

function reduced(x: Tensor, draw: Draw): Tensor {
  const axes = x.shape.map((_, axis) => axis).filter(() => draw(2) === 0);
  if (axes.length === 0) return x;
  return draw(4) === 0
    ? reductions.max(x, axes, { keepDims: draw(2) === 0 })
    : reductions.mean(x, axes, { keepDims: draw(2) === 0 });
}

function reshaped(x: Tensor, draw: Draw): Tensor {
  switch (draw(8)) {
    case 0:
      return shapes.reshape(x, [x.size]);
    case 1: {
      const order = x.shape.map((_, axis) => axis);
      for (let i = order.length - 1; i > 0; i--) {
        const j = draw(i + 1);
        [order[i], order[j]] = [order[j], order[i]];
      }
      return shapes.transpose(x, order);
    }
    case 2:
      return shapes.expandDims(x, draw(x.rank + 1));
    case 3:
      return x.rank === 0
        ? x
        : shapes.slice(
            x,
            x.shape.map((extent) => draw(Math.max(1, extent >> 1))),
            x.shape,
            x.shape.map(() => 1 + draw(2)),
          );
    case 4:
      return shapes.pad(
        x,
        x.shape.map(() => draw(2)),
        x.shape.map(() => draw(2)),
        draw(2) / 2,
      );
    case 5:
      return x.size % 2 === 0 ? shapes.reshape(x, [2, x.size / 2]) : x;
    case 6: {
      if (x.rank === 0 || x.size === 0) return x;
      const axis = draw(x.rank);
      const size = 1 + draw(Math.min(3, x.shape[axis]));
      const strides = [1 + draw(2)];
      return window(x, { axes: [axis], sizes: [size], strides, dilations: [size * 2 <= x.shape[axis] + 1 ? 2 : 1] });
    }
    default:
      return x.rank === 0 ? x : shapes.concatenate([x, elementwise.cast(elementwise.negate(x), x.dtype)], draw(x.rank));
  }
}

function contracted(x: Tensor, y: Tensor): Tensor {
  if (x.rank === 0 || y.rank === 0) return elementwise.multiply(reductions.mean(x), reductions.mean(y));
  const a = shapes.reshape(
    x,
    [-1, x.shape[x.rank - 1]].map((extent) => extent),
  );
  const b = shapes.reshape(
    y,
    [-1, y.shape[y.rank - 1]].map((extent) => extent),
  );
  const scale = 1 / Math.max(1, a.shape[1]);
  if (a.shape[1] === b.shape[1]) return elementwise.multiply(einsum('i k, j k -> i j', a, b), scale);
  if (a.shape[1] === b.shape[0]) return elementwise.multiply(einsum('i k, k j -> j i', a, b), scale);
  return elementwise.multiply(einsum('i k, j l -> k l', a, b), 1 / (a.shape[0] * b.shape[0]));
}

/** A random computation of the inputs: its value is a scalar that many kinds of nodes contribute to. */
export function randomComputation(
  seed: number,
  steps: number,
): { inputs: Tensor[]; compute: (inputs: readonly Tensor[]) => Tensor } {
  const rng = rngFromKey(keyFromSeed(seed));
  const draw: Draw = (limit) => uniformInteger(rng, limit);
  const shapeOf = (): number[] => Array.from({ length: 1 + draw(3) }, () => SIZES[draw(SIZES.length)]);
  const values = (count: number): Float32Array => Float32Array.from({ length: count }, () => draw(2001) / 1000 - 1);
  const inputs = Array.from({ length: 2 }, () => {
    const shape = shapeOf();
    const dtype = (['f16', 'bf16', 'f32', 'f32'] as const)[draw(4)];
    return tensor(values(shape.reduce((a, b) => a * b, 1)), { shape, dtype });
  });
  // the plan is drawn anew, from the same numbers, whenever the computation is built
  const planSeed = draw(2 ** 31);
  const compute = (given: readonly Tensor[]): Tensor => {
    const planRng = rngFromKey(keyFromSeed(planSeed));
    const pick: Draw = (limit) => uniformInteger(planRng, limit);
    const pool = [...given];
    /** Values that were only moved: they are the same in f32 and f64, so that rounding them to 16 bits gives the same too. */
    const exact = new Set(given);
    const any = (): Tensor => pool[pool.length - 1 - pick(Math.min(pool.length, 5))];
    for (let step = 0; step < steps; step++) {
      const x = any();
      const y = any();
      const kind = pick(11);
      let next: Tensor;
      if (kind < 2) next = UNARY[pick(UNARY.length)](x);
      else if (kind < 4) next = x.rank > 0 ? ROW[pick(ROW.length)](x) : x;
      else if (kind === 4) next = reduced(x, pick);
      else if (kind === 5) next = reshaped(x, pick);
      else if (kind === 6) next = contracted(x, y);
      else if (kind === 7) next = broadcastable(x, y) ? elementwise.add(x, y) : elementwise.add(x, reductions.mean(y));
      else if (kind === 8)
        next = broadcastable(x, y)
          ? elementwise.multiply(x, y)
          : elementwise.multiply(x, elementwise.tanh(reductions.mean(y)));
      else if (kind === 9) next = exact.has(x) ? elementwise.cast(x, pick(2) === 0 ? 'f16' : 'bf16') : x;
      else next = x.rank > 0 ? take(x, tensor(Int32Array.from({ length: 3 }, () => pick(x.shape[0])))) : x;
      if ((kind === 5 || kind > 8) && exact.has(x)) exact.add(next);
      if (next.size > 0 && next.size <= 512) pool.push(next);
    }
    return pool
      .slice(given.length)
      .reduce<Tensor>(
        (total, x) => elementwise.add(total, reductions.mean(elementwise.tanh(x))),
        reductions.mean(given[0]),
      );
  };
  return { inputs, compute };
}

function broadcastable(x: Tensor, y: Tensor): boolean {
  const rank = Math.min(x.rank, y.rank);
  return Array.from({ length: rank }, (_, i) => [x.shape[x.rank - 1 - i], y.shape[y.rank - 1 - i]]).every(
    ([a, b]) => a === b || a === 1 || b === 1,
  );
}

/** The computation's value and gradient in every input, as one list of tensors. */
export function valueAndGradients(inputs: readonly Tensor[], compute: (inputs: readonly Tensor[]) => Tensor): Tensor[] {
  const gradients = grad<[readonly Tensor[]]>(compute)(inputs);
  return [compute(inputs), ...gradients];
}
