/** Characters that a text may have; rarer ones become `�`, so that any alphabet fits into the model's small head. */
export const largestAlphabet = 256;

const replacement = '\uFFFD';

/** Typographic characters that printable ASCII has a plain form of. */
const plain: Readonly<Record<string, string>> = {
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '–': '-',
  '—': '--',
  '…': '...',
  '\u00A0': ' ',
  Œ: 'OE',
  œ: 'oe',
};

/** A text in printable ASCII and line feeds: typographic marks in their plain form, accents dropped, the rest left out. */
export const toPlainText = (text: string): string =>
  text.replace(/[^\n -~]/gu, (character) => plain[character] ?? character.normalize('NFKD')).replace(/[^\n -~]/gu, '');

/** A text with at most `largestAlphabet` different characters: the rarest of a larger number become `�`. */
export function limitAlphabet(text: string): string {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  if (counts.size <= largestAlphabet) return text;
  // Equal counts keep the order of their first appearance, so the same text always loses the same characters.
  const frequent = [...counts].sort(([, a], [, b]) => b - a).map(([character]) => character);
  const kept = new Set(frequent.filter((character) => character !== replacement).slice(0, largestAlphabet - 1));
  return Array.from(text, (character) => (kept.has(character) ? character : replacement)).join('');
}
