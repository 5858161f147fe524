import { jvp } from '../autodiff/jvp.ts';
import { ones, tensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { readOn } from './shared-device.ts';

/** A function that treats every element of its inputs, all of one shape, by itself. */
export type ElementwiseTensorFunction = (...inputs: readonly Tensor[]) => Tensor;

/** Distance of the difference quotients relative to |x|; the second, an eighth of it, tells whether they converge. */
const COARSE = 2 ** -12;
const FINE = 2 ** -15;

/** Quotients that differ by more than this do not converge: a jump, a pole, or a point outside the domain. */
const CONVERGED = 2e-3;

/**
 * Checks an elementwise function's derivatives at awkward points: wherever both one-sided derivatives exist, the
 * derivative must be their mean, which is the derivative itself where they agree and the shared tie where they do not.
 *
 *   f′(x±) ≈ ±(−3f(x) + 4f(x ± h) − f(x ± 2h)) / 2h
 *
 * @param points - `f64` host tensors `f32[point]`, one per argument, of finite values
 * @param order - 2 checks the derivatives' derivatives too
 * @returns how many derivatives were compared; 0 means that nothing was checked
 * @throws {Error} naming the point, the argument and both numbers.
 */
export async function checkOneSidedDerivatives(
  f: ElementwiseTensorFunction,
  points: readonly Tensor[],
  order: number = 2,
  name: string = 'f',
): Promise<number> {
  let checked = 0;
  for (const argument of points.keys()) {
    const derivative: ElementwiseTensorFunction = (...inputs) =>
      jvp((x: Tensor) => f(...inputs.with(argument, x)), [inputs[argument]], [ones(inputs[argument].shape)])[1];
    const where = `∂${name}/∂${argument}`;
    checked += await checkArgument(f, derivative, points, argument, where);
    if (order > 1) checked += await checkOneSidedDerivatives(derivative, points, order - 1, where);
  }
  return checked;
}

async function checkArgument(
  f: ElementwiseTensorFunction,
  derivative: ElementwiseTensorFunction,
  points: readonly Tensor[],
  argument: number,
  where: string,
): Promise<number> {
  const values = await readOn('reference', points);
  const steps = Float64Array.from(values[argument], (x) => (x === 0 ? 1 : Math.abs(x)));
  const at = (t: number): Tensor =>
    f(
      ...points.map((point, i) =>
        i === argument
          ? tensor(
              Float64Array.from(values[i], (x, k) => x + t * steps[k]),
              { shape: point.shape },
            )
          : point,
      ),
    );
  const offsets = [COARSE, FINE].flatMap((h) => [h, 2 * h, -h, -2 * h]);
  const [got, here, ...around] = await readOn('reference', [derivative(...points), f(...points), ...offsets.map(at)]);
  let checked = 0;
  here.forEach((value, k) => {
    const quotient = (first: number, h: number): number =>
      (-3 * value + 4 * around[first][k] - around[first + 1][k]) / (2 * h * steps[k]);
    const [right, fineRight] = [quotient(0, COARSE), quotient(4, FINE)];
    const [left, fineLeft] = [quotient(2, -COARSE), quotient(6, -FINE)];
    // A value of size F makes quotients uncertain by u·F/h, here with a margin of 2⁵; what f32 cannot hold is nothing.
    const noise = 2 ** -126 + (2 ** -48 * Math.max(Math.abs(value), Math.abs(around[4][k]))) / (FINE * steps[k]);
    const converges = (coarse: number, fine: number): boolean =>
      Math.abs(coarse - fine) <= CONVERGED * Math.abs(fine) + noise;
    if (!converges(right, fineRight) || !converges(left, fineLeft)) return;
    const expected = (fineRight + fineLeft) / 2;
    const allowed = CONVERGED * Math.max(Math.abs(fineRight), Math.abs(fineLeft)) + noise;
    checked++;
    if (Math.abs(got[k] - expected) <= allowed) return;
    throw new Error(
      `${where} at (${values.map((list) => list[k]).join(', ')}) is ${got[k]}; the one-sided derivatives are ${fineLeft} and ${fineRight}, so expected ${expected}`,
    );
  });
  return checked;
}
