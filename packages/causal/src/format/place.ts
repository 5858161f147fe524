import { EinlabError } from '@einlab/einsum-core';

/** A place in a text, both counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The place of a position in a text. */
export function placeOf(text: string, at: number): Place {
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: [...before.slice(lineStart)].length + 1 };
}

/** A problem in a file: `DOT: line 3, column 7: …`. */
export const fileError = (format: string, { line, column }: Place, problem: string): EinlabError =>
  new EinlabError('file', `${format}: line ${line}, column ${column}: ${problem}`, { format, line, column });

/** A problem in a file at a position of its text. */
export const fileErrorAt = (format: string, text: string, at: number, problem: string): EinlabError =>
  fileError(format, placeOf(text, at), problem);

/** A piece of text for a message: quoted, shortened. */
export const shown = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
