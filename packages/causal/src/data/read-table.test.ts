import { EinlabError } from '@einlab/einsum-core';
import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvCell } from '../format/parse-csv.ts';
import { type ReadTableOptions, readTable } from './read-table.ts';

const refusal = (text: string, options?: ReadTableOptions): string => {
  try {
    readTable(text, options);
  } catch (error) {
    return error instanceof EinlabError ? error.message : `not an EinlabError: ${error}`;
  }
  return 'none';
};

describe('reading a table', () => {
  it('tells numbers, levels and categories apart, and says so', () => {
    const { table, notes } = readTable('age,smokes,"city, town"\n31.5,0,Ulm\n40,1,"Bad ""Ulm"""\n22,0,Ulm\n');
    expect(table.columns.map(({ name, kind, levels }) => [name, kind, levels])).toEqual([
      ['age', 'continuous', undefined],
      ['smokes', 'discrete', ['0', '1']],
      ['city, town', 'discrete', ['Bad "Ulm"', 'Ulm']],
    ]);
    expect([...(table.columns[2]?.values ?? [])]).toEqual([1, 0, 1]);
    expect(notes).toEqual([
      '3 rows of 3 variables',
      'age: numbers',
      'smokes: 2 levels (0, 1)',
      'city, town: 2 categories (Bad "Ulm", Ulm)',
    ]);
  });

  it('reads tabs, semicolons, a byte order mark and Windows lines', () => {
    for (const text of ['a\tb\n1.5\t2\n2.5\t4.5\n', '\ufeffa;b\r\n1.5;2\r\n2.5;4.5\r\n'])
      expect(readTable(text).table.columns.map(({ values }) => [...values])).toEqual([
        [1.5, 2.5],
        readTable(text).table.columns[1]?.kind === 'discrete' ? [0, 1] : [2, 4.5],
      ]);
  });

  it('reads intervention targets, and counts dropped rows', () => {
    const { interventions, table, notes } = readTable('a,b,do\n1.5,2.5,\n2.5,1.5,a\n3.5,NA,a\n4.5,0.5,a+b\n', {
      interventions: 'do',
      missing: 'drop',
    });
    expect(table.rows).toBe(3);
    expect(interventions?.regimes.map(({ targets }) => targets)).toEqual([[], [0], [0, 1]]);
    expect([...(interventions?.regimeOfRow ?? [])]).toEqual([0, 1, 2]);
    expect(notes).toContain('1 rows with missing values were dropped');
  });

  it('names what is wrong with line and column', () => {
    const good = 'a,b\n1.5,2.5\n';
    expect(refusal(`${good}3.5,\n`)).toBe(
      'table: line 3, column 2: column "b" is missing (""); expected a value, or that rows with missing values are to be dropped',
    );
    expect(refusal(`${good}3.5,inf\n`)).toContain('line 3, column 2: column "b" is "inf"; expected finite numbers');
    expect(refusal(`${good}3.5,1e999\n`)).toContain('column "b" is "1e999"; expected finite numbers');
    expect(refusal(`${good}3.5,x\n4.5,5\n`)).toContain(
      'line 3, column 2: column "b" is "x" where 2 other rows have numbers',
    );
    expect(refusal(`${good}3.5\n`)).toContain('line 3, column 1: there are 1 cells; expected 2');
    expect(refusal('a,b\n1.5,7\n2.5,7\n')).toContain('column "b" is always 7');
    expect(refusal('a,b\n1.5,1.5\n2.5,2.5\n')).toContain(
      'columns "a" and "b" tell the same (each value of one goes with one value of the other)',
    );
    expect(refusal('a,b\n1,no\n2,yes\n')).toContain('columns "a" and "b" tell the same');
    expect(refusal('a,a\n1,2\n2,1\n')).toContain(
      'line 1, column 2: column 1 is called "a" too; expected different names',
    );
    expect(refusal('a,\n1,2\n2,1\n')).toContain('line 1, column 2: a column has no name');
    expect(refusal('1,2\n3,4\n5,6\n')).toContain('the first line holds numbers');
    expect(refusal('a,b\n')).toContain('there are 1 lines');
    expect(refusal('a\n1.5\n2.5\n')).toContain('there are 1 variables; expected at least 2');
    expect(refusal('a,"b\n1,2\n')).toContain('the quote that begins here is not closed');
    expect(refusal(good, { ignore: ['c'] })).toContain('there is no column "c"; the columns are a, b');
    expect(refusal('a,b,do\n1.5,2.5,\n2.5,1.5,c\n', { interventions: 'do' })).toContain(
      'line 3, column 3: column "do" names the target "c", which is no column; expected one of a, b',
    );
    const ids = Array.from({ length: 30 }, (_, i) => `${i + 0.5},id${i}`).join('\n');
    expect(refusal(`a,b\n${ids}\n`)).toContain('column "b" is text with 30 different values');
    expect(readTable('a,b,c\n1.5,2.5,0.5\n2.5,1.5,0.1\n').notes).toContain(
      'there are fewer rows (2) than variables (3); little can be found',
    );
  });

  property(
    'keeps numbers as they are written',
    fc.array(
      fc.tuple(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
      ),
      { minLength: 7, maxLength: 20 },
    ),
    (rows) => {
      const text = `x,y\n${rows.map((row) => row.map(String).map(csvCell).join(',')).join('\n')}\n`;
      const said = refusal(text);
      if (said !== 'none') return /always|same values/.test(said);
      return readTable(text).table.columns.every((column, j) =>
        rows.every((row, i) =>
          Object.is(
            (column.kind === 'discrete' ? Number(column.levels?.[column.values[i]]) : column.values[i]) + 0,
            (row[j] ?? 0) + 0,
          ),
        ),
      );
    },
  );

  property(
    'reads or refuses whatever it is given, never more',
    fc
      .array(fc.constantFrom('a', 'b', ',', '\n', '"', '1', '.', 'NA', '\r', '\t', ';', '-', 'e', ' ', 'ü'), {
        maxLength: 40,
      })
      .map((parts) => parts.join('')),
    (text) => !refusal(text).startsWith('not an'),
    { runs: 500 },
  );
});
