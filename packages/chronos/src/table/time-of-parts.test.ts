import { describe, expect, it } from 'vitest';
import { seriesOfTable } from './series-of-table.ts';
import { columnsOf } from './table.ts';
import { withTimeOfParts } from './time-of-parts.ts';

/** Quarters from 1959 on, as files write numbers of floating point. */
const quarters = Array.from({ length: 9 }, (_, i) => ({
  year: `${1959 + Math.floor(i / 4)}.0`,
  quarter: `${(i % 4) + 1}.0`,
  gdp: 100 + i,
}));

describe('times in parts', () => {
  it('are found in columns of years and quarters', () => {
    const { columns, series, calendar, inferred } = seriesOfTable(columnsOf(quarters));
    expect(columns).toMatchObject({ time: 'year,quarter', targets: ['gdp'] });
    expect(calendar?.frequency).toBe('QE');
    expect(series[0].last).toBe(Date.UTC(1961, 0, 1));
    expect(inferred).toContain('time is in the column "year,quarter"');
  });

  it('are found in columns of years, months and days', () => {
    const days = Array.from({ length: 40 }, (_, i) => new Date(Date.UTC(2023, 11, 20 + i))).map((date, i) => ({
      Year: date.getUTCFullYear(),
      Month: date.getUTCMonth() + 1,
      Day: date.getUTCDate(),
      sales: i,
    }));
    const { columns, series, calendar } = seriesOfTable(columnsOf(days));
    expect(columns).toMatchObject({ time: 'Year,Month,Day', targets: ['sales'] });
    expect(calendar?.frequency).toBe('D');
    expect([...series[0].targets[0]]).toEqual(days.map(({ sales }) => sales));
  });

  it('are taken from the columns that are named, in their order', () => {
    const months = Array.from({ length: 6 }, (_, i) => ({ y: 7 + i, a: 2024, b: 7 + i }));
    const { columns, calendar, series } = seriesOfTable(columnsOf(months), { time: 'a, b', target: 'y' });
    expect(columns.time).toBe('a, b');
    expect(calendar?.frequency).toBe('ME');
    expect(series[0].last).toBe(Date.UTC(2024, 11, 1));
  });

  it('leave a table with whole times, and columns that are something else, alone', () => {
    const whole = columnsOf(quarters.map((row, i) => ({ ...row, day: `2024-01-${String(i + 1).padStart(2, '0')}` })));
    expect(withTimeOfParts(whole, {})).toBe(whole);
    const table = columnsOf(quarters);
    expect(withTimeOfParts(table, { target: 'quarter' })).toBe(table);
    expect(withTimeOfParts(table, { covariates: ['quarter'] })).toBe(table);
    expect(withTimeOfParts(table, { time: 'year' })).toBe(table);
    const years = columnsOf(quarters.map(({ quarter: _, ...row }) => row));
    expect(withTimeOfParts(years, {})).toBe(years);
  });

  it('are refused where a part is none, with its line and its value', () => {
    const wrong = quarters.map((row, i) => (i === 3 ? { ...row, quarter: '5' } : row));
    const { refused } = seriesOfTable(columnsOf(wrong));
    expect(refused[0].reason).toBe(
      'row 4 of the table: "year,quarter" is "1959.0, 5"; expected a time such as 2024-03-01 or 2024-03-01 12:00',
    );
    expect(() => seriesOfTable(columnsOf(quarters), { time: 'year,quater' })).toThrow(
      'the time "quater": the table has no such column; expected one of year, quarter, gdp',
    );
  });
});
