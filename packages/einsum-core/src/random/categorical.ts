import { assertType } from '../base/assert-type.ts';
import { normalizeAxis } from '../base/axes.ts';
import { shapeError } from '../base/errors.ts';
import { broadcastShapes, formatShape, type Shape, sameShape } from '../base/shape.ts';
import { add, cast, log, log1p, minimum, multiply, negate, subtract } from '../operations/elementwise.ts';
import { argMax } from '../operations/reductions.ts';
import { transpose } from '../operations/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { bits } from './random.ts';

/** Options of `categorical`. */
export interface CategoricalOptions {
  /** The axis of the classes; default the last. */
  readonly axis?: number;
  /** The shape of the draws; default that of the logits without `axis`, which must broadcast to it. */
  readonly shape?: Shape;
}

/**
 * The logarithm of a standard exponential: ln(−ln(1 − u)), u uniform of 32 bits. The smallest draws decide a race, and near 0 the u
 * lie densest; the largest u is kept off 1, which f32 would round it to.
 */
function logExponential(from: Tensor, shape: Shape): Tensor {
  const u = multiply(add(cast(bits(from, shape), 'f32'), 0.5), 2 ** -32);
  return log(negate(log1p(negate(minimum(u, 1 - 2 ** -24)))));
}

/**
 * Classes drawn with probabilities softmax(logits).
 *
 *   argmin_class ln E[class] − logits[class], E standard exponential
 *
 * @param logits - `f32[...batch, class]`, unnormalized log-probabilities; a class of −∞ is not drawn unless all are
 * @returns `i32[...shape]`, each draw independent of the others; the index of a NaN where there is one
 * @throws {EinlabError} `dtype` for logits that are no f32, `shape` for a missing or empty axis or a `shape` that the batch does not broadcast to
 * @remarks The bits are the same on every backend. Of two classes whose scores lie within a rounding (10⁻⁷ of them) backends may choose
 *   differently, which happens in fewer than one of a million draws.
 * @see Maddison, Tarlow, Minka 2014, "A* Sampling", on the Gumbel-max trick; −ln E has that distribution
 */
export function categorical(from: Tensor, logits: Tensor, options: CategoricalOptions = {}): Tensor {
  assertType('random.categorical: logits are', logits, ['f32']);
  const along = normalizeAxis(options.axis ?? -1, logits, 'random.categorical');
  const classes = logits.shape[along];
  if (classes === 0) {
    throw shapeError(
      `random.categorical: axis ${along} of ${formatShape(logits.shape)} has no classes to draw from; expected one or more`,
      { axis: along, shape: logits.shape },
    );
  }
  const before = logits.shape.map((_, axis) => axis).filter((axis) => axis !== along);
  const batch = before.map((axis) => logits.shape[axis]);
  const { shape = batch } = options;
  if (!sameShape(broadcastShapes(batch, shape, 'random.categorical'), shape)) {
    throw shapeError(
      `random.categorical: logits of batch ${formatShape(batch)} do not broadcast to draws of shape ${formatShape(shape)}; expected a shape that ends in the batch`,
      { batch, shape },
    );
  }
  const last = along === logits.rank - 1 ? logits : transpose(logits, [...before, along]);
  return argMax(subtract(last, logExponential(from, [...shape, classes])), -1);
}
