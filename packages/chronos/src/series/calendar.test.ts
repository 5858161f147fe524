import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calendarOf, inferCalendar, onCalendar } from './calendar.ts';
import { formatTimestamp, parseTimestamp } from './timestamp.ts';

const at = (text: string): number => parseTimestamp(text) ?? NaN;

describe('parseTimestamp', () => {
  it.each([
    ['1949-01', '1949-01-01'],
    ['2024', '2024-01-01'],
    ['2024-Q3', '2024-07-01'],
    ['2024-02-29', '2024-02-29'],
    ['2017-05-01 13:30', '2017-05-01 13:30:00'],
    ['2017-05-01T13:30:05Z', '2017-05-01 13:30:05'],
  ])('reads %s', (text, shown) => {
    expect(formatTimestamp(at(text))).toBe(shown);
  });

  it.each(['', 'soon', '2023-02-29', '2024-13', '2024-01-01 25:00', '12'])('refuses %j', (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });
});

describe('inferCalendar', () => {
  const frequencies = ['s', 'min', '15min', '30min', 'h', 'D', 'B', 'W', 'ME', 'QE', 'YE'];
  property(
    'finds the frequency that made the timestamps, gaps or not',
    fc.tuple(fc.constantFrom(...frequencies), fc.nat({ max: 400 })),
    ([frequency, shift]) => {
      // a Monday
      const first = at('2018-01-01') + (frequency === 'B' || frequency === 'W' ? 7 : 1) * shift * 86_400_000;
      const calendar = calendarOf(frequency);
      const all = Array.from({ length: 40 }, (_, step) => calendar.advance(first, step));
      const lossy = all.filter((_, step) => step % 11 !== 5);
      expect(inferCalendar(all, 'series').frequency).toBe(frequency);
      expect(inferCalendar(lossy, 'series').frequency).toBe(frequency);
    },
  );

  it('keeps month ends', () => {
    const ends = ['2023-11-30', '2023-12-31', '2024-01-31', '2024-02-29'].map(at);
    const calendar = inferCalendar(ends, 'series');
    expect(calendar.frequency).toBe('ME');
    expect(formatTimestamp(calendar.advance(at('2024-02-29'), 1))).toBe('2024-03-31');
  });

  it('refuses what has no frequency, with its steps', () => {
    const odd = ['2024-01-01', '2024-01-01 05:17', '2024-01-03', '2024-03-09'].map(at);
    expect(() => inferCalendar(odd, 'store 7')).toThrow(/store 7: the timestamps follow no frequency: steps of/);
    expect(() => inferCalendar(odd.slice(0, 2), 'store 7')).toThrow('store 7: 2 timestamps do not tell a frequency');
  });

  it('onCalendar leaves gaps as missing', () => {
    const times = ['2024-01-01', '2024-01-02', '2024-01-05'].map(at);
    expect(onCalendar(times, [1, 2, 5], calendarOf('D'))).toEqual([1, 2, NaN, NaN, 5]);
  });
});
