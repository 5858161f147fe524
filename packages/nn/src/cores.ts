import { EinlabError, mean, minimum, multiply, random, rsqrt, square, type Tensor, zeros } from '@einlab/einsum-core';
import type { CoreOptions, CoreShape, Cores, RateOptimizer, RateOptions } from './structure.ts';

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
 * Learning-rate multipliers of the cores of a map `in → out` with N cores:
 *
 *   adam, adamW, lion   baseIn / (N · fanIn_c)                      naive: baseIn / in
 *   sgd                 (fanOut_c/fanIn_c) / (out/in) / N           naive: 1
 *   muon                √min(1, fanOut_c/fanIn_c) / N               naive: 1
 *
 * All follow from one condition: a step changes the spectral norm of each core by Θ(√(fanOut_c/fanIn_c)), and the N changes add up. The rules
 * differ in what they do with a rate: adam and lion move every entry by it, sgd moves by the gradient, and muon moves every singular value of
 * a block by √max(1, fanOut_c/fanIn_c). For `sgd` and `muon`, 1 is the multiplier of a dense hidden layer, whose inputs and outputs grow
 * together.
 * @see Qiu et al. 2024, "Compute Better Spent"; Potapczynski, Qiu et al. 2024 for SGD; Yang, Simon, Bernstein 2023 for the condition
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
  if (!Object.hasOwn(rateRules, optimizer)) {
    throw new EinlabError(
      'option',
      `rates: optimizer is ${JSON.stringify(optimizer)}; expected ${Object.keys(rateRules).join(', ')}`,
      { optimizer },
    );
  }
  const rule = rateRules[optimizer];
  const rate = ({ fanIn, fanOut }: CoreShape): number =>
    aware ? rule.aware({ fanIn, fanOut, ...sizes, baseIn }) / shapes.length : rule.naive({ ...sizes, baseIn });
  return Object.fromEntries(shapes.map((shape) => [shape.name, rate(shape)]));
}

interface RateSizes {
  readonly in: number;
  readonly out: number;
  readonly baseIn: number;
}

/** The multiplier of a single core, and the one that ignores the structure. */
interface RateRule {
  readonly aware: (sizes: RateSizes & { readonly fanIn: number; readonly fanOut: number }) => number;
  readonly naive: (sizes: RateSizes) => number;
}

/** Every entry moves by the rate. */
const byEntry: RateRule = {
  aware: ({ baseIn, fanIn }) => baseIn / fanIn,
  naive: ({ baseIn, in: inSize }) => baseIn / inSize,
};

const rateRules: Readonly<Record<RateOptimizer, RateRule>> = {
  adam: byEntry,
  adamW: byEntry,
  lion: byEntry,
  sgd: { aware: ({ fanIn, fanOut, in: inSize, out }) => fanOut / fanIn / (out / inSize), naive: () => 1 },
  muon: { aware: ({ fanIn, fanOut }) => Math.sqrt(Math.min(1, fanOut / fanIn)), naive: () => 1 },
};

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
