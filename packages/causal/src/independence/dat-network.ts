import { einsum, relu, type Tensor, tensor } from '@einlab/einsum-core';
import { normal, type RandomKey, rngFromKey } from '@einlab/numerics';

/**
 * As many small networks side by side as there are tests, `in → hidden → hidden → out` with ReLU: one family of einsums instead of many
 * small products.
 */
export interface NetworkFamily {
  /** `f32[test, in, hidden]` */
  readonly first: Tensor;
  /** `f32[test, 1, hidden]` */
  readonly firstBias: Tensor;
  /** `f32[test, hidden, middle]` */
  readonly second: Tensor;
  readonly secondBias: Tensor;
  /** `f32[test, middle, out]` */
  readonly third: Tensor;
  readonly thirdBias: Tensor;
}

const zeros = (shape: readonly number[]): Tensor =>
  tensor(new Float32Array(shape.reduce((product, each) => product * each, 1)), { shape: [...shape] });

/**
 * Networks before training: each test draws from its own key, so that its numbers do not depend on what it is batched with.
 *
 * @param sizes - the inputs that each test really has; further ones, up to `width`, are padding.
 */
export function drawFamily(
  keys: readonly (readonly [RandomKey, RandomKey, RandomKey])[],
  sizes: readonly number[],
  width: number,
  hidden: number,
  outputs: number,
): NetworkFamily {
  const tests = keys.length;
  const first = new Float32Array(tests * width * hidden);
  const second = new Float32Array(tests * hidden * hidden);
  const third = new Float32Array(tests * hidden * outputs);
  const fill = (into: Float32Array, from: number, count: number, key: RandomKey, deviation: number): void => {
    const rng = rngFromKey(key);
    for (let i = 0; i < count; i++) into[from + i] = deviation * normal(rng);
  };
  keys.forEach(([a, b, c], t) => {
    const inputs = Math.max(1, sizes[t]);
    fill(first, t * width * hidden, Math.min(width, inputs) * hidden, a, Math.sqrt(2 / inputs));
    fill(second, t * hidden * hidden, hidden * hidden, b, Math.sqrt(2 / hidden));
    fill(third, t * hidden * outputs, hidden * outputs, c, Math.sqrt(0.1 / hidden));
  });
  return {
    first: tensor(first, { shape: [tests, width, hidden] }),
    firstBias: zeros([tests, 1, hidden]),
    second: tensor(second, { shape: [tests, hidden, hidden] }),
    secondBias: zeros([tests, 1, hidden]),
    third: tensor(third, { shape: [tests, hidden, outputs] }),
    thirdBias: zeros([tests, 1, outputs]),
  };
}

/**
 * What each network says.
 *
 * @param inputs - `f32[test, in, batch]`
 * @returns `f32[test, batch, out]`
 */
export function applyFamily(family: NetworkFamily, inputs: Tensor): Tensor {
  const one = relu(
    einsum('test in batch, test in hidden -> test batch hidden', inputs, family.first).add(family.firstBias),
  );
  const two = relu(
    einsum('test batch hidden, test hidden middle -> test batch middle', one, family.second).add(family.secondBias),
  );
  return einsum('test batch middle, test middle out -> test batch out', two, family.third).add(family.thirdBias);
}
