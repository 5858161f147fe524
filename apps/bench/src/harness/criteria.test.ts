import { describe, expect, it } from 'vitest';
import { type Criterion, criterionText, judge, verdictOf } from './criteria.ts';

const must: Criterion = { level: 'must', quantity: 'ours ÷ fastest peer', better: 'higher', threshold: 1.5 };
const aim: Criterion = { ...must, level: 'aim', threshold: 3 };
const small: Criterion = { level: 'must', quantity: 'kilobytes', better: 'lower', threshold: 45 };

describe('judge', () => {
  it('takes a figure on the threshold, in either direction', () => {
    expect(judge(must, 1.5)).toEqual({ ...must, measured: 1.5, isMet: true });
    expect(judge(must, 1.499).isMet).toBe(false);
    expect(judge(small, 45).isMet).toBe(true);
    expect(judge(small, 45.1).isMet).toBe(false);
  });

  it.each([undefined, Number.NaN, Number.POSITIVE_INFINITY])('counts %s as not measured', (figure) => {
    expect(judge(must, figure)).toEqual(must);
    expect(judge(small, figure)).not.toHaveProperty('isMet');
  });
});

describe('verdictOf', () => {
  it.each([
    ['aim reached', [judge(must, 3.2), judge(aim, 3.2)]],
    ['must reached', [judge(must, 2), judge(aim, 2)]],
    ['must reached', [judge(must, 2), judge(aim, undefined)]],
    ['must reached', [judge(must, 2)]],
    ['short', [judge(must, 1), judge(aim, 3.5)]],
    ['short', [judge(must, 1), judge(small, undefined)]],
    ['not measured', [judge(must, 2), judge(small, undefined)]],
    ['not measured', [judge(aim, 4)]],
    ['not measured', []],
  ])('is "%s" for %j', (verdict, judged) => {
    expect(verdictOf(judged)).toBe(verdict);
  });
});

describe('criterionText', () => {
  it('says the level, the direction and the threshold', () => {
    expect([criterionText(must), criterionText(small)]).toEqual(['must ≥ 1.5', 'must ≤ 45']);
  });
});
