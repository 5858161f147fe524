import { EinlabError, mean, minimum, multiply, random, rsqrt, square, type Tensor, zeros } from '@einlab/einsum-core';
import type { CoreOptions, CoreShape, Cores, RateOptions } from './structure.ts';

/** Inside the root of the RMS, so that a core of zeros has a derivative. */
const NORMALIZE_EPS = 1e-8;

/**
 * σ = √min(fanIn, fanOut) / fanIn: entries of this deviation give a core of spectral norm Θ(√(fanOut/fanIn)), which is what keeps
 * the sizes of activations and of their updates independent of width.
 * @see Qiu et al. 2024, "Compute Better Spent"; Yang, Simon, Bernstein 2023, "A spectral condition for feature learning"
 */
export const coreDeviation = (fanIn: number, fanOut: number): number => Math.sqrt(Math.min(fanIn, fanOut)) / fanIn;

/** Normal cores with their σ_c, each from a key of its own; the last one zero where `zero` asks for it. */
export function initializeCores(shapes: readonly CoreShape[], key: Tensor, options: CoreOptions = {}): Cores {
  const keys = random.split(key, shapes.length);
  return Object.fromEntries(
    shapes.map(({ name, shape, initialDeviation }, i): [string, Tensor] => {
      const from = keys[i];
      const isZero = options.zero === true && i === shapes.length - 1;
      return [
        name,
        isZero || from === undefined ? zeros(shape) : random.normal(from, shape).multiply(initialDeviation),
      ];
    }),
  );
}

/**
 * Weight normalization that only shrinks: W · min(1, σ_c/RMS(W)) for each core, RMS(W) = √(mean W² + 10⁻⁸).
 * @see Qiu et al. 2024, "Compute Better Spent"
 */
export function normalizeCores(shapes: readonly CoreShape[], cores: Cores): Cores {
  return Object.fromEntries(
    shapes.map(({ name, initialDeviation }): [string, Tensor] => {
      const core = coreNamed(cores, name, 'normalize');
      const scale = minimum(multiply(rsqrt(mean(square(core)).add(NORMALIZE_EPS)), initialDeviation), 1);
      return [name, multiply(core, scale)];
    }),
  );
}

/**
 * Learning-rate multipliers of the cores of a map `in → out`:
 *
 *   adam   baseIn / (cores · fanIn_c)                          naive: baseIn / in
 *   sgd    (fanOut_c/fanIn_c) / (out/in) / cores               naive: 1
 *
 * For `sgd`, 1 is the multiplier of a dense hidden layer, whose inputs and outputs grow together.
 * @see Qiu et al. 2024, "Compute Better Spent"; Potapczynski, Qiu et al. 2024 for SGD
 */
export function coreRates(
  shapes: readonly CoreShape[],
  sizes: { readonly in: number; readonly out: number },
  options: RateOptions,
): Readonly<Record<string, number>> {
  const { optimizer = 'adam', baseIn, aware = true } = options;
  if (!(baseIn > 0 && Number.isFinite(baseIn))) {
    throw new EinlabError(
      'option',
      `rates: baseIn is ${baseIn}; expected a number > 0, the layer's inputs in the base model`,
      { baseIn },
    );
  }
  const rate = ({ fanIn, fanOut }: CoreShape): number => {
    if (optimizer === 'adam') return aware ? baseIn / (shapes.length * fanIn) : baseIn / sizes.in;
    return aware ? fanOut / fanIn / (sizes.out / sizes.in) / shapes.length : 1;
  };
  return Object.fromEntries(shapes.map((shape) => [shape.name, rate(shape)]));
}

/** A core by name, or an error that says which are there. */
export function coreNamed(cores: Cores, name: string, operation: string): Tensor {
  const core = cores[name];
  if (core === undefined) {
    throw new EinlabError(
      'data',
      `${operation}: the core "${name}" is missing; got ${Object.keys(cores).join(', ') || 'none'}`,
      { name, got: Object.keys(cores) },
    );
  }
  return core;
}
