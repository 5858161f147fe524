import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bits, toBits, toNats } from '../base/units.ts';
import { complexityNats, type PriorForm, selectionBits } from './prior.ts';

/** Σ over all bit strings of C ≤ N bits of P(h): there are 2^C of each length. */
const mass = (prior: PriorForm, longest: number): number => {
  let total = 0;
  for (let code = 1; code <= longest; code++)
    total += Math.exp(code * Math.LN2 - complexityNats(bits(code), { prior }));
  return total;
};

describe('complexityNats', () => {
  it('obeys Kraft by default: N/(N + 1) of the mass on codes up to N bits', () => {
    expect(mass('kraft', 200)).toBeCloseTo(200 / 201, 10);
    expect(mass('zeta', 1000)).toBeLessThan(1);
  });

  it('does not in the form of the papers, whose sum tends to π²/6', () => {
    expect(mass('paper', 1000)).toBeGreaterThan(1.64);
    expect(mass('paper', 1000)).toBeLessThan(Math.PI ** 2 / 6);
  });

  it('has the values of the papers', () => {
    expect(complexityNats(bits(1e6), { prior: 'paper' })).toBeCloseTo(693174.811581, 6);
    expect(complexityNats(bits(1.6e10), { prior: 'paper' })).toBeCloseTo(11090354935.950834, 4);
    expect(complexityNats(bits(131072), { prior: 'paper' })).toBeCloseTo(90875.754254, 6);
    expect(complexityNats(bits(50000), { prior: 'paper' })).toBeCloseTo(34678.998585, 6);
    // prefix lengths C + 2 log₂ C printed by the compression bounds of 2022
    for (const [code, prefix] of [
      [3074, 3097.1718],
      [967, 986.8347],
      [8464, 8490.0942],
    ] as const) {
      expect(toBits(complexityNats(bits(code), { prior: 'paper' }))).toBeCloseTo(prefix, 4);
    }
  });

  property(
    'a choice costs its bits, in every form',
    fc.tuple(
      fc.integer({ min: 1, max: 1e9 }),
      fc.integer({ min: 1, max: 1000 }),
      fc.constantFrom<PriorForm>('kraft', 'zeta', 'self-delimiting', 'paper'),
    ),
    ([code, alternatives, prior]) => {
      const selection = selectionBits(alternatives);
      const difference = complexityNats(bits(code), { prior, selection }) - complexityNats(bits(code), { prior });
      expect(Math.abs(difference - toNats(selection))).toBeLessThan(1e-6);
    },
  );

  it('charges the logarithms at small codes', () => {
    expect(complexityNats(bits(1))).toBeCloseTo(Math.LN2 + Math.log(2), 12);
    expect(complexityNats(bits(3), { prior: 'self-delimiting' })).toBeCloseTo(3 * Math.LN2, 12);
  });

  it('refuses a hypothesis without a code', () => {
    expect(() => complexityNats(bits(0))).toThrow('the code length in bits is 0; expected a finite number ≥ 1');
    expect(() => complexityNats(bits(5), { selection: bits(-2) })).toThrow('selection in bits is -2');
    expect(() => selectionBits(0)).toThrow('the number of alternatives is 0');
  });
});
