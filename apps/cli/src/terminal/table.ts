/** A column of a table: its head, which may have several lines, and which side its cells lean to. */
export interface Column {
  readonly head: string;
  readonly align: 'left' | 'right';
}

const width = (text: string): number => [...text].length;

/**
 * A table as text: heads, a rule, rows. Columns are as wide as their widest cell.
 *
 * @param rows - cells, one for each column.
 */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const heads = columns.map(({ head }) => head.split('\n'));
  const height = Math.max(...heads.map((lines) => lines.length));
  const headRows = Array.from({ length: height }, (_, line) =>
    heads.map((lines) => lines[line - height + lines.length] ?? ''),
  );
  const widths = columns.map((_, i) => Math.max(...[...headRows, ...rows].map((row) => width(row[i] ?? ''))));
  const print = (row: readonly string[]): string =>
    columns
      .map(({ align }, i) => {
        const cell = row[i] ?? '';
        const padding = ' '.repeat((widths[i] ?? 0) - width(cell));
        return align === 'left' ? cell + padding : padding + cell;
      })
      .join('  ')
      .trimEnd();
  return [...headRows.map(print), widths.map((each) => '─'.repeat(each)).join('  '), ...rows.map(print)].join('\n');
}
