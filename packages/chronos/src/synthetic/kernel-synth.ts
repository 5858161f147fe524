import { EinlabError } from '@einlab/einsum-core';
import { normal, type RandomKey, rngFromKey, uniform, uniformInteger } from '@einlab/numerics';
import { choleskyInPlace } from './cholesky.ts';
import { type Kernel, kernelBank } from './kernel-bank.ts';

/** How a synthetic series is drawn. */
export interface KernelSynthOptions {
  /** Values of the series; default 1024. */
  readonly length?: number;
  /** Most kernels that are combined; default 5. */
  readonly maxKernels?: number;
}

/** A drawn series and what it was drawn from. */
export interface SyntheticSeries {
  /** `f64[length]` */
  readonly values: Float64Array;
  /** Such as `(periodic 24 + rbf 0.1) × linear 1`. */
  readonly recipe: string;
}

/** Adds or multiplies a kernel into a covariance. A stationary kernel is evaluated once for each lag. */
export function combine(covariance: Float64Array, kernel: Kernel, length: number, times: boolean): void {
  const lags = kernel.stationary ? Float64Array.from({ length }, (_, lag) => kernel.at(0, lag)) : undefined;
  for (let i = 0; i < length; i++) {
    for (let j = 0; j <= i; j++) {
      const value = lags === undefined ? kernel.at(i, j) : lags[i - j];
      covariance[i * length + j] = times ? covariance[i * length + j] * value : covariance[i * length + j] + value;
    }
  }
}

/**
 * A path of a Gaussian process whose kernel is composed at random: j ~ U{1, …, maxKernels} members of the bank are drawn with replacement and
 * added or multiplied, each with probability ½.
 *
 * @throws {EinlabError} `option` for fewer than 2 values or 1 kernel
 * @see Ansari et al. 2024, §4.2, algorithm 2
 * @remarks The factorization takes length³/3 multiply-accumulates in f64, on one thread.
 */
export function kernelSynth(key: RandomKey, options: KernelSynthOptions = {}): SyntheticSeries {
  const { length = 1024, maxKernels = 5 } = options;
  if (!(Number.isInteger(length) && length >= 2 && Number.isInteger(maxKernels) && maxKernels >= 1)) {
    throw new EinlabError(
      'option',
      `kernelSynth: length is ${length} and maxKernels ${maxKernels}; expected whole numbers ≥ 2 and ≥ 1`,
      { length, maxKernels },
    );
  }
  const rng = rngFromKey(key);
  const bank = kernelBank(length);
  const count = 1 + uniformInteger(rng, maxKernels);
  const covariance = new Float64Array(length * length);
  let recipe = '';
  for (let k = 0; k < count; k++) {
    const kernel = bank[uniformInteger(rng, bank.length)];
    const times = k > 0 && uniform(rng) < 0.5;
    combine(covariance, kernel, length, times);
    recipe = k === 0 ? kernel.name : `(${recipe}) ${times ? '×' : '+'} ${kernel.name}`;
  }
  choleskyInPlace(covariance, length);
  const noise = Float64Array.from({ length }, () => normal(rng));
  const values = Float64Array.from({ length }, (_, i) => {
    let total = 0;
    for (let j = 0; j <= i; j++) total += covariance[i * length + j] * noise[j];
    return total;
  });
  return { values, recipe };
}
