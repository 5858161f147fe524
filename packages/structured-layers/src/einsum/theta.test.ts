import { EinlabError } from '@einlab/einsum-core';
import { property } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { taxonomy } from '../taxonomy.ts';
import { thetaArbitrary } from './arbitrary-theta.test-helper.ts';
import { einsumPoints, paperGrid } from './points.ts';
import { canonicalTheta, formatTheta, parseTheta, swappedTheta, type Theta } from './theta.ts';

const pointOf = (...[alpha = 0, beta = 0, gamma = 0, delta = 0, epsilon = 0, phi = 0, rho = 0]: number[]): Theta => ({
  alpha,
  beta,
  gamma,
  delta,
  epsilon,
  phi,
  rho,
});

describe('taxonomy', () => {
  it.each<[string, Theta, readonly [number, number, number]]>([
    ['dense', einsumPoints.dense, [0, 1, 1]],
    ['low rank d^1/4', einsumPoints.lowRank(1 / 4), [0, 1 / 4, 1 / 4]],
    ['Kronecker', einsumPoints.kronecker, [1 / 2, 1, 1 / 2]],
    ['tensor train of bond d^1/4', einsumPoints.tensorTrain(1 / 4), [1 / 2, 1, 3 / 4]],
    ['Monarch', einsumPoints.monarch, [0, 1, 1 / 2]],
    ['Monarch with d^1/4 blocks', einsumPoints.monarchBlocks(1 / 4), [0, 1, 3 / 4]],
    ['block tensor train of rank d^1/4', einsumPoints.blockTensorTrain(1 / 4), [0, 1, 3 / 4]],
    // (4/5, 0, 1/5, 0, 4/5, 1/5, 1/10) is the published example of a block tensor train of low rank
    ['a block tensor train of low rank', pointOf(0.8, 0, 0.2, 0, 0.8, 0.2, 0.1), [0, 1 / 2, 3 / 10]],
    // the published figure says 2/3, 1, 3/4: it contracts the dear order and forgets what that does to the rank
    ['the tensor train of the published figure', pointOf(1 / 3, 2 / 3, 0, 3 / 4, 1 / 4, 0, 0), [1 / 4, 7 / 12, 1 / 3]],
  ])('of %s', (_, theta, [omega, psi, nu]) => {
    const found = taxonomy(theta);
    expect(found.omega).toBeCloseTo(omega, 12);
    expect(found.psi).toBeCloseTo(psi, 12);
    expect(found.nu).toBeCloseTo(nu, 12);
  });

  // ω, ψ, ν of the published grid, to two decimals
  const published: Readonly<Record<string, readonly [number, number, number]>> = {
    btt1: [0, 1, 0.5],
    btt2: [0, 1, 0.67],
    btt3: [0, 1, 0.75],
    btt5: [0, 1, 0.67],
    btt6: [0, 1, 0.75],
    btt7: [0, 0.67, 0.33],
    btt8: [0, 1, 0.67],
    btt9: [0, 0.5, 0.25],
    btt10: [0, 1, 0.75],
    btt11: [0, 1, 0.75],
    btt12: [0, 1, 0.83],
    btt13: [0, 1, 0.92],
    btt14: [0, 1, 0.92],
    btt15: [0, 0.92, 0.58],
    btt16: [0, 1, 0.92],
    tt1: [0.5, 1, 0.5],
    tt2: [0.33, 1, 0.67],
    tt3: [0.5, 1, 0.75],
    tt4: [0.33, 1, 0.92],
    l1: [0, 0.75, 0.75],
    l2: [0, 0.5, 0.5],
    g1: [0.25, 1, 0.5],
    g2: [0.25, 1, 0.75],
  };

  it('of the 23 published points are the published ones', () => {
    expect(paperGrid.map(({ name }) => name)).toEqual(Object.keys(published));
    for (const { name, theta } of paperGrid) {
      const { omega, psi, nu } = taxonomy(theta);
      const rounded = [omega, psi, nu].map((value) => Number(value.toFixed(2)));
      expect([name, ...rounded]).toEqual([name, ...(published[name] ?? [])]);
    }
  });

  property('does not change when the factors change their roles, and keeps its ranges', thetaArbitrary(), (theta) => {
    const [own, other] = [taxonomy(theta), taxonomy(swappedTheta(theta))];
    expect(other.omega).toBeCloseTo(own.omega, 9);
    expect(other.psi).toBeCloseTo(own.psi, 9);
    expect(other.nu).toBeCloseTo(own.nu, 9);
    expect(own.omega).toBeLessThan(0.5 + 1e-9);
    expect(own.psi).toBeLessThanOrEqual(1);
    expect(own.nu).toBeLessThan(1 + 1e-9);
    const canonical = canonicalTheta(theta);
    // the published formulas, which hold for canonical points
    const { alpha, beta, delta, epsilon, rho } = canonical;
    expect(own.omega).toBeCloseTo(Math.min(alpha + delta, beta + epsilon) - Math.min(alpha, epsilon), 9);
    expect(own.nu).toBeCloseTo(1 + rho - Math.min(alpha, epsilon), 9);
    expect(own.psi).toBeCloseTo(Math.min(1, 2 + rho - alpha - epsilon), 9);
  });
});

describe('canonicalTheta', () => {
  property('gives a point and its mirror image one name, and keeps canonical points', thetaArbitrary(), (theta) => {
    const canonical = canonicalTheta(theta);
    expect(Math.min(canonical.alpha, canonical.epsilon)).toBeGreaterThanOrEqual(
      Math.min(canonical.beta, canonical.delta),
    );
    expect(canonicalTheta(swappedTheta(theta))).toEqual(canonical);
    expect(formatTheta(canonicalTheta(canonical))).toEqual(formatTheta(canonical));
  });
});

describe('the text of a point', () => {
  it('has fractions where they are exact', () => {
    expect(formatTheta(einsumPoints.blockTensorTrain(0.25))).toBe('1/2|0|1/2|0|1/2|1/2|1/4');
    expect(formatTheta(pointOf(0.3, 0, 0.7, 0, 1, 0, 0.1))).toBe('0.3|0|0.7|0|1|0|0.1');
    expect(parseTheta('(1/2|0|1/2|0|.5|1/2|0)')).toEqual(einsumPoints.monarch);
    expect(parseTheta('.33|0|.67|0|.67|.33|0').alpha).toBeCloseTo(0.33, 12);
  });

  property('is read back up to its six decimals', thetaArbitrary(), (theta) => {
    const read = parseTheta(formatTheta(theta));
    for (const [name, value] of Object.entries(theta)) expect(read[name as keyof Theta]).toBeCloseTo(value, 5);
  });
});

describe('bad points', () => {
  it.each<[string, () => unknown, string]>([
    [
      'inputs off the simplex',
      () => taxonomy(pointOf(0.5, 0.2, 0.5, 0, 0.5, 0.5, 0)),
      'taxonomy: alpha + beta + gamma is 1/2 + 1/5 + 1/2 = 1.2; expected 1, since the axes of a side multiply to its size',
    ],
    [
      'outputs off the simplex',
      () => taxonomy(pointOf(0.5, 0, 0.5, 0, 0.5, 0.4, 0)),
      'delta + epsilon + phi is 0 + 1/2 + 2/5 = 0.9; expected 1',
    ],
    ['a negative exponent', () => taxonomy(pointOf(-0.5, 1, 0.5, 0, 1, 0, 0)), 'alpha is -0.5; expected an exponent'],
    ['NaN', () => taxonomy(pointOf(0.5, 0, 0.5, 0, 1, 0, Number.NaN)), 'rho is NaN; expected an exponent'],
    [
      'a rank above its maximum, with its name',
      () => taxonomy(pointOf(0.5, 0, 0.5, 0, 0.25, 0.75, 0.3)),
      'rho is 0.3, above its maximum 1/4, which is epsilon; beyond it the factors cost more than a dense matrix',
    ],
    [
      'a rank above its maximum in the other order',
      () => taxonomy(pointOf(0, 0.5, 0.5, 0.75, 0, 0.25, 0.6)),
      'rho is 3/5, above its maximum 1/2, which is beta',
    ],
    [
      'a text that is none',
      () => parseTheta('1/2|0|1/2'),
      '"1/2|0|1/2" is no point; expected seven numbers or fractions',
    ],
    ['a text with letters', () => parseTheta('a|0|1|0|1|0|0'), 'is no point'],
  ])('%s is refused', (_, call, message) => {
    expect(call).toThrow(EinlabError);
    expect(call).toThrow(message);
  });
});
