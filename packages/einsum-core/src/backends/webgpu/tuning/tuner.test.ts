import { describe, expect, it } from 'vitest';
import { normalizeContraction } from '../../../kernels/contraction.ts';
import type { KernelCall } from '../../../kernels/kernel.ts';
import { groupsOf } from '../../wasm/gemm/contraction-mismatches.test-helper.ts';
import { planContraction, plansToMeasure, scheduleName } from '../contraction/contraction-schedule.ts';
import { shapeClass } from './shape-class.ts';
import { checkedChoices } from './tuned-choices.ts';
import { createTuner, type Trial } from './tuner.ts';

const kernelOf = (pattern: string, sizes: Readonly<Record<string, number>>) =>
  normalizeContraction(groupsOf(pattern, sizes));
const callOf = (pattern: string, sizes: Readonly<Record<string, number>>): KernelCall => ({
  kernel: { kind: 'contract', contraction: groupsOf(pattern, sizes), offsets: [0, 0] },
  reads: [0, 1],
  writes: [2],
});

const cube = { m: 512, k: 512, n: 512 };
const card = { machine: 'card', adapter: 'a card' } as const;

/** Pretends that one schedule is fast, and notes what is measured. */
function pretending(fast: string) {
  const tried: string[] = [];
  const measure = async ({ plan: { schedule } }: Trial): Promise<number> => {
    tried.push(scheduleName(schedule));
    return scheduleName(schedule) === fast ? 1 : 2;
  };
  return { tried, measure };
}

describe('createTuner(…)', () => {
  it('measures the candidates of a class once, takes the fastest, and remembers it', async () => {
    const candidates = plansToMeasure(kernelOf('mk,kn->mn', cube), 'card', 6).map((plan) =>
      scheduleName(plan.schedule),
    );
    const { tried, measure } = pretending(candidates[3]);
    const tuner = createTuner({ ...card, measure });
    const call = callOf('mk,kn->mn', cube);
    await Promise.all([tuner.prepare([call, call]), tuner.prepare([callOf('mk,kn->mn', { m: 600, k: 900, n: 513 })])]);
    expect(tried).toEqual(candidates.flatMap((name) => [name, name, name]));
    expect(scheduleName(tuner.planOf(kernelOf('mk,kn->mn', { m: 700, k: 700, n: 700 })).schedule)).toBe(candidates[3]);
    expect(tuner.choices()).toEqual({ adapter: 'a card', contractions: { 'b0 m9 n9 k9, k n n': candidates[3] } });
  });

  it('uses what an earlier run on the same adapter chose, through JSON, without measuring', async () => {
    const [, second] = plansToMeasure(kernelOf('mk,kn->mn', cube), 'card', 6);
    const first = createTuner({ ...card, measure: pretending(scheduleName(second.schedule)).measure });
    await first.prepare([callOf('mk,kn->mn', cube)]);
    const known = checkedChoices(JSON.parse(JSON.stringify(first.choices())));
    const { tried, measure } = pretending('');
    const later = createTuner({ ...card, known, measure });
    await later.prepare([callOf('mk,kn->mn', cube)]);
    expect(tried).toEqual([]);
    expect(later.planOf(kernelOf('mk,kn->mn', cube))).toEqual(second);
    const elsewhere = createTuner({ ...card, adapter: 'another card', known });
    expect(elsewhere.planOf(kernelOf('mk,kn->mn', cube))).toEqual(planContraction(kernelOf('mk,kn->mn', cube), 'card'));
    expect(elsewhere.choices()).toEqual({ adapter: 'another card', contractions: {} });
  });

  it('leaves to the model what is small, what cannot be measured, and names that it does not know', async () => {
    const kernel = kernelOf('mk,kn->mn', cube);
    const { tried, measure } = pretending('');
    const tuner = createTuner({ ...card, measure });
    await tuner.prepare([callOf('mk,kn->mn', { m: 64, k: 64, n: 64 }), callOf('mk,k->m', { m: 2048, k: 2048 })]);
    expect(tried).toEqual([]);
    const unmeasurable = createTuner({ ...card, measure: async () => undefined });
    await unmeasurable.prepare([callOf('mk,kn->mn', cube)]);
    expect(unmeasurable.choices().contractions).toEqual({});
    const known = { adapter: 'a card', contractions: { [shapeClass(kernel)]: 'tiles of another version' } };
    expect(createTuner({ ...card, known }).planOf(kernel)).toEqual(planContraction(kernel, 'card'));
  });
});

describe('plansToMeasure(kernel, machine, most)', () => {
  it.each(['card', 'software', 'software quads'] as const)(
    'on %s gives different ways that split the sum alike, the one of the model first',
    (machine) => {
      for (const sizes of [cube, { m: 64, k: 65_536, n: 64 }, { m: 100_000, k: 64, n: 2 }, { m: 5, k: 512, n: 4096 }]) {
        const kernel = kernelOf('mk,kn->mn', sizes);
        const plans = plansToMeasure(kernel, machine, 6);
        expect(plans[0]).toEqual(planContraction(kernel, machine));
        expect(new Set(plans.map(({ parts }) => parts)).size).toBe(1);
        expect(new Set(plans.map(({ schedule }) => scheduleName(schedule))).size).toBe(plans.length);
        expect(plans.length).toBeLessThanOrEqual(6);
      }
    },
  );
});

describe('shapeClass(kernel)', () => {
  it('tells layouts and magnitudes apart, and nothing else', () => {
    const name = shapeClass(kernelOf('mk,kn->mn', cube));
    expect(shapeClass(kernelOf('mk,kn->mn', { m: 1023, k: 512, n: 777 }))).toBe(name);
    expect(shapeClass(kernelOf('mk,kn->mn', { ...cube, k: 1024 }))).not.toBe(name);
    expect(shapeClass(kernelOf('mk,nk->mn', cube))).not.toBe(name);
    expect(shapeClass(kernelOf('km,kn->mn', cube))).not.toBe(name);
    expect(shapeClass(kernelOf('bmk,bkn->bmn', { ...cube, b: 3 }))).not.toBe(name);
  });
});

describe('checkedChoices(value)', () => {
  it.each([
    [null, 'openDevice: choices is null; expected an object with adapter and contractions'],
    [{ contractions: {} }, 'openDevice: choices.adapter is undefined; expected the name of an adapter'],
    [{ adapter: 'x', contractions: [] }, 'openDevice: choices.contractions is []; expected schedules by shape class'],
    [
      { adapter: 'x', contractions: { a: 1 } },
      'openDevice: choices.contractions["a"] is 1; expected the name of a schedule',
    ],
  ])('refuses %j', (value, message) => {
    expect(() => checkedChoices(value)).toThrow(message);
  });
});
