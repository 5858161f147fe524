import { describe, expect, it } from 'vitest';
import { formatClock, formatCount, formatEstimate, formatMetric, formatSigned } from './format.ts';
import { bar, createLiveLines } from './live-lines.ts';
import { formatTable } from './table.ts';

describe('formatTable', () => {
  it('pads columns to their widest cell and puts short heads at the bottom', () => {
    const table = formatTable(
      [
        { head: 'name', align: 'left' },
        { head: 'loss\n(nats)', align: 'right' },
      ],
      [
        ['dense', '1.6 ± 0.1'],
        ['a', '2'],
      ],
    );
    expect(table.split('\n')).toEqual([
      '            loss',
      'name      (nats)',
      '─────  ─────────',
      'dense  1.6 ± 0.1',
      'a              2',
    ]);
  });
});

describe('numbers as text', () => {
  it('have separators, prefixes, clocks, errors and signs', () => {
    expect(formatCount(109760)).toBe('109,760');
    expect([999, 14_200, 999_960, 2_048_000].map(formatMetric)).toEqual(['999', '14.2k', '1.00M', '2.05M']);
    expect([7, 750, 3723, Number.NaN].map(formatClock)).toEqual(['0:07', '12:30', '1:02:03', '?']);
    expect([formatEstimate(1.6061, 0.0114, 3), formatEstimate(2, undefined, 1)]).toEqual(['1.606 ± 0.011', '2.0']);
    expect([formatSigned(-0.0871, 3), formatSigned(0.16, 3)]).toEqual(['-0.087', '+0.160']);
  });
});

describe('live lines', () => {
  it('are erased before they are drawn again, and cut to the width of the terminal', () => {
    const written: string[] = [];
    const lines = createLiveLines({ columns: 30, write: (text) => written.push(text) });
    lines.draw(['one', 'x'.repeat(50)]);
    lines.draw(['two']);
    lines.clear();
    expect(written).toEqual([`one\n${'x'.repeat(29)}\n`, '\u001b[2A\u001b[0Jtwo\n', '\u001b[1A\u001b[0J']);
  });

  it('show a share in eighths of a character', () => {
    expect([0, 0.5, 1, 2].map((share) => bar(share, 4))).toEqual(['[    ]', '[██  ]', '[████]', '[████]']);
    expect(bar(0.28125, 4)).toBe('[█▏  ]');
  });
});
