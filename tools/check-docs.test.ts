import { describe, expect, it } from 'vitest';
import { linkFindings, snippetsOf } from './check-docs.ts';
import { anchorsOf, codeBlocks } from './lib/markdown.ts';

const fence = '```';
const text = [
  `# A title, with *marks*`,
  `${fence}ts`,
  'const a = 1;',
  fence,
  `${fence}ts continued`,
  'a;',
  fence,
  `${fence}sh`,
  'ls',
  fence,
].join('\n');

describe('codeBlocks', () => {
  it('returns language, note, code and line', () => {
    expect(codeBlocks(text)[1]).toEqual({ language: 'ts', note: 'continued', code: 'a;\n', line: 5 });
  });
});

describe('snippetsOf', () => {
  it('joins a continued block to the one before it and leaves other languages out', () => {
    const { snippets, findings } = snippetsOf('a.md', text);
    expect(findings).toEqual([]);
    expect(snippets).toEqual([
      { place: 'a.md:2', code: 'const a = 1;\n', continued: true },
      { place: 'a.md:5', code: 'const a = 1;\na;\n', continued: false },
    ]);
  });
  it('asks a block that is not run for its reason', () => {
    expect(snippetsOf('a.md', `${fence}ts no-run\nx\n${fence}`).findings).toHaveLength(1);
    expect(snippetsOf('a.md', `${fence}ts no-run: needs a GPU\nx\n${fence}`)).toEqual({ snippets: [], findings: [] });
  });
  it('refuses a mark it does not know', () => {
    expect(snippetsOf('a.md', `${fence}ts norun\nx\n${fence}`).findings[0]).toContain('unknown mark "norun"');
  });
});

describe('linkFindings', () => {
  const read = (path: string): string | undefined => (path === 'docs/b.md' ? '# Here it is\n' : undefined);
  it('finds a file that does not exist', () => {
    expect(linkFindings('docs/a.md', 'see\n[x](c.md)', read)).toEqual(['docs/a.md:2: the link c.md leads nowhere']);
  });
  it('finds a heading that does not exist', () => {
    expect(linkFindings('docs/a.md', '[x](b.md#there)', read)[0]).toContain('names no heading of docs/b.md');
  });
  it('lets good links, outer addresses and code pass', () => {
    expect(linkFindings('docs/a.md', '[x](b.md#here-it-is) [y](https://example.com/q) `[z](no.md)`', read)).toEqual([]);
  });
});

describe('anchorsOf', () => {
  it('numbers headings that repeat', () => {
    expect([...anchorsOf('# A b, c!\n## A b c\n')]).toEqual(['a-b-c', 'a-b-c-1']);
  });
});
