import { EinlabError } from '@einlab/einsum-core';

/**
 * A point of the space of two-factor einsum layers: the sizes of seven axes as exponents of the sizes of the map.
 *
 *   x seen as X[γ, β, α],  y as Y[φ, ε, δ],  W[(γ, β, α), (φ, ε, δ)] = Σ_ρ left[φ, δ, ρ, γ, α] · right[φ, ε, ρ, γ, β]
 *
 * α, β, γ are exponents of `in` and sum to 1, δ, ε, φ are exponents of `out` and sum to 1, ρ is one of min(in, out).
 * α and δ belong to `left` alone, β and ε to `right` alone, γ and φ to both, ρ joins them.
 * @see Potapczynski, Qiu et al. 2024, "Searching for Efficient Linear Layers over a Continuous Space of Structured Matrices"
 */
export interface Theta {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  readonly delta: number;
  readonly epsilon: number;
  readonly phi: number;
  readonly rho: number;
}

/** The axes in the order in which a point is written. */
export const thetaNames = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'phi', 'rho'] as const;

/** How far a side may be from 1, so that 0.33 and 0.67 can be written. */
const simplexTolerance = 0.0101;

/**
 * A point with exact sums.
 *
 * @throws {EinlabError} `option`, naming the exponent or the side that is off, or what limits ρ
 */
export function checkedTheta(where: string, theta: Theta): Theta {
  for (const name of thetaNames) {
    const value = theta[name];
    if (!(value >= 0 && value <= 1)) {
      throw new EinlabError('option', `${where}: ${name} is ${value}; expected an exponent from 0 to 1`, {
        [name]: value,
      });
    }
  }
  const { alpha, beta, gamma, delta, epsilon, phi } = theta;
  const [input, output] = [alpha + beta + gamma, delta + epsilon + phi];
  for (const [side, total, values] of [
    ['alpha + beta + gamma', input, [alpha, beta, gamma]],
    ['delta + epsilon + phi', output, [delta, epsilon, phi]],
  ] as const) {
    if (Math.abs(total - 1) > simplexTolerance) {
      throw new EinlabError(
        'option',
        `${where}: ${side} is ${values.map(shortExponent).join(' + ')} = ${shortExponent(total)}; expected 1, since the axes of a side multiply to its size`,
        { [side]: total },
      );
    }
  }
  const exact = {
    alpha: alpha / input,
    beta: beta / input,
    gamma: gamma / input,
    delta: delta / output,
    epsilon: epsilon / output,
    phi: phi / output,
    rho: theta.rho,
  };
  assertRho(where, exact);
  return exact;
}

/** ρ beyond the smaller of the digits that an order contracts and produces makes it dearer than a dense matrix. */
function assertRho(where: string, theta: Theta): void {
  const { alpha, beta, delta, epsilon, rho } = theta;
  const isLeftFirst = Math.min(alpha, epsilon) >= Math.min(beta, delta);
  const [first, second] = isLeftFirst
    ? ([
        ['alpha', alpha],
        ['epsilon', epsilon],
      ] as const)
    : ([
        ['beta', beta],
        ['delta', delta],
      ] as const);
  const [name, limit] = first[1] <= second[1] ? first : second;
  if (rho <= limit + 1e-9) return;
  throw new EinlabError(
    'option',
    `${where}: rho is ${shortExponent(rho)}, above its maximum ${shortExponent(limit)}, which is ${name}; beyond it the factors cost more than a dense matrix`,
    { rho, [name]: limit },
  );
}

/** The same family with the roles of the factors exchanged: digits are only read in another order. */
export const swappedTheta = ({ alpha, beta, gamma, delta, epsilon, phi, rho }: Theta): Theta => ({
  alpha: beta,
  beta: alpha,
  gamma,
  delta: epsilon,
  epsilon: delta,
  phi,
  rho,
});

/**
 * Of a point and its mirror image, the one for which contracting `left` first is the cheap order: min(α, ε) ≥ min(β, δ).
 * Of two equal ones, the one that comes later in alphabetical order of its exponents, so that mirror images have one name.
 */
export function canonicalTheta(theta: Theta): Theta {
  const given = checkedTheta('canonicalTheta', theta);
  const mirror = swappedTheta(given);
  const [own, other] = [Math.min(given.alpha, given.epsilon), Math.min(given.beta, given.delta)];
  if (own !== other) return own > other ? given : mirror;
  for (const name of thetaNames) {
    if (given[name] !== mirror[name]) return given[name] > mirror[name] ? given : mirror;
  }
  return given;
}

/** Fractions that people write. */
const fractions: readonly (readonly [text: string, value: number])[] = [2, 3, 4, 5, 6, 8].flatMap((denominator) =>
  Array.from({ length: denominator - 1 }, (_, i) => [`${i + 1}/${denominator}`, (i + 1) / denominator] as const),
);

/** `1/2` for 0.5, `0.3125` where no short fraction is equal. */
export function shortExponent(value: number): string {
  const fraction = fractions.find(([, of]) => Math.abs(of - value) < 1e-9);
  return fraction === undefined ? String(Number(value.toFixed(6))) : fraction[0];
}

/** A point as text: `1/2|0|1/2|0|1/2|1/2|1/4`, in the order α β γ δ ε φ ρ. */
export const formatTheta = (theta: Theta): string => thetaNames.map((name) => shortExponent(theta[name])).join('|');

/**
 * Reads what `formatTheta` writes, with or without parentheses; numbers and fractions.
 * @throws {EinlabError} `option` for anything else
 */
export function parseTheta(text: string): Theta {
  const parts = text
    .trim()
    .replace(/^\(|\)$/g, '')
    .split('|');
  const values = parts.map((part) => {
    const [, above, below] = /^\s*(\d+(?:\.\d+)?|\.\d+)(?:\s*\/\s*(\d+))?\s*$/.exec(part) ?? [];
    return above === undefined ? Number.NaN : Number(above) / Number(below ?? 1);
  });
  if (values.length !== thetaNames.length || values.some((value) => !Number.isFinite(value))) {
    throw new EinlabError(
      'option',
      `parseTheta: ${JSON.stringify(text)} is no point; expected seven numbers or fractions α|β|γ|δ|ε|φ|ρ, such as 1/2|0|1/2|0|1/2|1/2|1/4`,
      { text },
    );
  }
  const [alpha = 0, beta = 0, gamma = 0, delta = 0, epsilon = 0, phi = 0, rho = 0] = values;
  return checkedTheta('parseTheta', { alpha, beta, gamma, delta, epsilon, phi, rho });
}
