import type { Column } from '../terminal/table.ts';
import { pageStyle } from './page-style.ts';

/** Text as HTML shows it. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** JSON inside a script element: no text in it can end the element. */
export const embeddedJson = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

const cell = (tag: 'td' | 'th', { align }: Column, text: string): string =>
  `<${tag}${align === 'right' ? ' class="number"' : ''}>${escapeHtml(text).replaceAll('\n', '<br>')}</${tag}>`;

/** A table with scroll bars of its own where the page is narrow. */
export function htmlTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const line = (tag: 'td' | 'th', cells: readonly string[]): string =>
    `<tr>${columns.map((column, i) => cell(tag, column, cells[i] ?? '')).join('')}</tr>`;
  const head = line(
    'th',
    columns.map((column) => column.head),
  );
  return `<div class="wide"><table><thead>${head}</thead><tbody>${rows.map((row) => line('td', row)).join('')}</tbody></table></div>`;
}

/** What a page consists of. */
export interface HtmlPage {
  /** As text. */
  readonly title: string;
  /** Rules beside those that all pages have. */
  readonly style?: string;
  /** What stands below the title, as HTML. */
  readonly content: string;
  /** Script elements after the content. */
  readonly scripts?: string;
}

/** A page that needs nothing else: light or dark as the reader's system is, styles, scripts and data within it. */
export const htmlPage = ({ title, style = '', content, scripts = '' }: HtmlPage): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${pageStyle}${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${content}
</main>
${scripts}</body>
</html>
`;
