import type { OptionTable } from './option.ts';

const indent = '  ';

/** Words broken into lines of at most `width` characters. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Two columns: the term, and its explanation wrapped beside it. */
export function definitions(entries: readonly (readonly [term: string, text: string])[], width: number = 110): string {
  const column = Math.min(30, Math.max(...entries.map(([term]) => term.length)) + 2);
  return entries
    .flatMap(([term, text]) => {
      const lines = wrap(text, width - column - indent.length);
      const first = term.length + 2 > column ? [indent + term] : [];
      return [
        ...first,
        ...lines.map((line, i) => indent + (i === 0 && first.length === 0 ? term : '').padEnd(column) + line),
      ];
    })
    .join('\n');
}

/** The options of a command as help shows them. */
export const optionHelp = (table: OptionTable): string =>
  definitions(
    Object.entries(table).map(([name, { metavar, help }]) => [
      metavar === '' ? `--${name}` : `--${name} ${metavar}`,
      help,
    ]),
  );
