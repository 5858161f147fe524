import { abs, EinlabError, minimum, multiply, subtract, type Tensor } from '@einlab/einsum-core';
import { assertSameShape, type LossOptions, reduceLoss } from './reduce-loss.ts';

/** Where a Huber loss turns from a parabola into a line. */
export interface HuberOptions extends LossOptions {
  /** δ > 0; default 1. */
  readonly threshold?: number;
}

/**
 * Half the square of small differences, a line for large ones, so that outliers pull no harder than δ. For d = |prediction − target|:
 *
 *   d²/2 where d ≤ δ, else δ·(d − δ/2)
 *
 * @param prediction - `f32[...batch]`
 * @param target - of the same shape
 * @returns `f32[]`, or the shape of the prediction without a reduction
 * @throws {EinlabError} `shape` when the shapes differ, `option` for a threshold that is not above 0
 * @see Huber 1964, "Robust estimation of a location parameter"
 */
export function huberLoss(prediction: Tensor, target: Tensor, options: HuberOptions = {}): Tensor {
  const { threshold = 1 } = options;
  if (!(threshold > 0 && Number.isFinite(threshold))) {
    throw new EinlabError('option', `huberLoss: threshold is ${threshold}; expected a number > 0`, { threshold });
  }
  assertSameShape('huberLoss', prediction, target);
  const distance = abs(subtract(prediction, target));
  // With s = min(d, δ) both branches are s·(d − s/2).
  const square = minimum(distance, threshold);
  return reduceLoss(multiply(square, subtract(distance, multiply(square, 0.5))), options, 'huberLoss');
}
