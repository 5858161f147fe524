/** One fenced code block of a Markdown text. */
export interface CodeBlock {
  /** The word after the fence, such as `ts`. */
  readonly language: string;
  /** What follows it on the same line, such as `no-run: needs a GPU`. */
  readonly note: string;
  readonly code: string;
  /** 1-based line of the opening fence. */
  readonly line: number;
}

/** The fenced code blocks of a text, in order. */
export function codeBlocks(text: string): readonly CodeBlock[] {
  const lines = text.split('\n');
  const blocks: CodeBlock[] = [];
  for (let index = 0; index < lines.length; index++) {
    const opening = /^(\s*)(`{3,})\s*([\w-]*)\s*(.*)$/.exec(lines[index] ?? '');
    if (!opening) continue;
    const [, indent = '', fence = '', language = '', note = ''] = opening;
    const start = index;
    const body: string[] = [];
    for (index++; index < lines.length && lines[index]?.trim() !== fence; index++) {
      const line = lines[index] ?? '';
      body.push(line.startsWith(indent) ? line.slice(indent.length) : line);
    }
    blocks.push({ language, note: note.trim(), code: `${body.join('\n')}\n`, line: start + 1 });
  }
  return blocks;
}

/** The text with the insides of code blocks and code spans blanked, so that what looks like a link there is none. */
function withoutCode(text: string): string {
  const blank = (code: string): string => code.replace(/[^\n]/g, ' ');
  return text.replace(/^\s*(`{3,})[\s\S]*?^\s*\1\s*$/gm, blank).replace(/(`+)[^`\n]+\1/g, blank);
}

/** A link's target and its 1-based line. */
export interface Link {
  readonly target: string;
  readonly line: number;
}

/** The targets of inline links, images and reference definitions. */
export function linksOf(text: string): readonly Link[] {
  const plain = withoutCode(text);
  const pattern = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|^\s*\[[^\]]+\]:\s*(\S+)/gm;
  return [...plain.matchAll(pattern)].map((match) => ({
    target: match[1] ?? match[2] ?? '',
    line: plain.slice(0, match.index).split('\n').length,
  }));
}

/** The anchors that headings make, as GitHub spells them. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const headings = text.replace(/^\s*(`{3,})[\s\S]*?^\s*\1\s*$/gm, '').matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm);
  return new Set(
    [...headings].map(([, title = '']) => {
      const slug = title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-');
      const count = seen.get(slug) ?? 0;
      seen.set(slug, count + 1);
      return count === 0 ? slug : `${slug}-${count}`;
    }),
  );
}
