import { EinlabError } from '@einlab/einsum-core';
import { product } from '../product.ts';
import { pairs } from '../split/factorizations.ts';
import { type Theta, thetaNames } from './theta.ts';

/** The sizes of the seven axes of an einsum layer, as whole numbers. */
export type EinsumSizes = Readonly<Record<keyof Theta, number>>;

/** Padding of 1 % counts as much as one digit that is 20 % off: 0.2² / 0.01. */
const paddingWeight = 4;

/** Digits farther from d^θ than this factor are not looked at where there are three. */
const searchFactor = 6;

/** Divisors are taken where none is farther from d^θ than this factor: they need no padding, and suit vector widths. */
const divisorFactor = 4 / 3;

/** A digit that is off by more than this factor is no longer what θ asks for. */
const servedFactor = 2;

/** How digits are chosen. */
export interface DigitOptions {
  /** Padding of a side, as a part of its size, that is allowed. */
  readonly maxPadding: number;
  /** Refuse digits that are off by more than a factor of 2, as those of a prime without padding are. */
  readonly isStrict: boolean;
}

/**
 * Three digits near size^exponent: the divisors with the least Σ (log d_i − θ_i log d)² where all are within a third of d^θ, otherwise
 * those with the least Σ (log d_i − θ_i log d)² + 4 · log(Π d_i / d) out of all whose product holds the size and in which none could be
 * smaller. A digit whose exponent is 0 is 1.
 *
 * Departs from the paper's code, which rounds each digit by itself and then drops features where the product is too small.
 */
export function digitsNear(
  where: string,
  side: string,
  size: number,
  exponents: readonly [number, number, number],
  { maxPadding, isStrict }: DigitOptions,
): readonly [number, number, number] {
  const used = exponents.flatMap((exponent, i) => (exponent > 0 ? [i] : []));
  const unit = Math.log(size);
  const offsets = (digits: readonly number[]): number[] =>
    used.map((i, k) => Math.log(digits[k] ?? 1) - (exponents[i] ?? 0) * unit);
  const farthest = (digits: readonly number[]): number => Math.max(...offsets(digits).map(Math.abs));
  let best: readonly number[] = [];
  let least = Infinity;
  const targets = used.map((i) => size ** (exponents[i] ?? 0));
  for (const digits of candidates(size, targets)) {
    const padding = product(digits) / size;
    if (padding > 1 + maxPadding + 1e-12) continue;
    const distance = offsets(digits).reduce((total, offset) => total + offset * offset, 0);
    const isNearDivisor = padding === 1 && farthest(digits) <= Math.log(divisorFactor) + 1e-9;
    // any near divisors come before everything else
    const score = distance + (isNearDivisor ? -1e3 : paddingWeight * Math.log(padding));
    if (score < least - 1e-12) [best, least] = [digits, score];
  }
  const off = best.length === 0 ? Infinity : farthest(best);
  if (best.length === 0 || (isStrict && off > Math.log(servedFactor) + 1e-9)) {
    const wanted = targets.map((target) => Number(target.toFixed(1))).join(' · ');
    const nearest = best.length === 0 ? 'there are none' : `the nearest are ${best.join(' · ')}`;
    throw new EinlabError(
      'option',
      `${where}: ${side} is ${size}, which no digits near ${wanted} serve with padding of at most ${Number((100 * maxPadding).toFixed(2))} %; ${nearest}. Allow more padding, or choose another size`,
      { [side]: size, maxPadding },
    );
  }
  const all = [1, 1, 1] as [number, number, number];
  used.forEach((i, k) => {
    all[i] = best[k] ?? 1;
  });
  return all;
}

/** Digits whose product holds the size, none of which could be smaller. */
function* candidates(size: number, targets: readonly number[]): Generator<readonly number[]> {
  const [first = 1] = targets;
  if (targets.length === 1) yield [size];
  else if (targets.length === 2) yield* pairs(size);
  else {
    const low = Math.max(1, Math.floor(first / searchFactor));
    const high = Math.min(size, Math.ceil(first * searchFactor));
    for (let digit = low; digit <= high; digit++) {
      for (const pair of pairs(Math.ceil(size / digit))) yield [digit, ...pair];
    }
  }
}

/** The sizes for a map: digits of each side, and a bond that is rounded and no larger than its blocks can use. */
export function einsumSizes(
  where: string,
  theta: Theta,
  inSize: number,
  outSize: number,
  options: DigitOptions,
): EinsumSizes {
  const [alpha, beta, gamma] = digitsNear(where, 'in', inSize, [theta.alpha, theta.beta, theta.gamma], options);
  const [delta, epsilon, phi] = digitsNear(where, 'out', outSize, [theta.delta, theta.epsilon, theta.phi], options);
  // θ itself is below its maximum; only the rounding of digits can bring a bond above it
  const useful = Math.min(alpha * delta, beta * epsilon);
  const rho = Math.min(useful, Math.max(1, Math.round(Math.min(inSize, outSize) ** theta.rho)));
  return { alpha, beta, gamma, delta, epsilon, phi, rho };
}

/** The point at which sizes lie: logarithms relative to the product of their side; 0 where a side has one feature. */
export function thetaOfSizes(sizes: EinsumSizes): Theta {
  const { alpha, beta, gamma, delta, epsilon, phi } = sizes;
  const [inputs, outputs] = [alpha * beta * gamma, delta * epsilon * phi];
  const share = (size: number, whole: number): number => (whole === 1 ? 0 : Math.log(size) / Math.log(whole));
  const whole: EinsumSizes = {
    alpha: inputs,
    beta: inputs,
    gamma: inputs,
    delta: outputs,
    epsilon: outputs,
    phi: outputs,
    rho: Math.min(inputs, outputs),
  };
  // every name is written
  return Object.fromEntries(thetaNames.map((name) => [name, share(sizes[name], whole[name])])) as unknown as Theta;
}
