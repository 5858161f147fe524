import { describe, expect, it } from 'vitest';
import { wordFindings } from './check-words.ts';

describe('wordFindings', () => {
  it('names the file, the line and the words', () => {
    expect(wordFindings('a.ts', "x\nconst p = '/home/ada/data';")).toEqual([
      'a.ts:2: a path of one machine: "/home/ada"',
    ]);
  });
  it.each([
    ['C:\\Users\\ada', 'a path of one machine'],
    ['see https://registry.npmjs.org/x', 'the address of a package registry'],
    ['host 192.168.1.7', 'an address of a private network'],
    ['ghp_0123456789abcdefghijklmnopqrstuvwxyz', 'a credential'],
    ['// TODO later', 'a mark of unfinished work'],
  ])('refuses %s', (text, what) => {
    expect(wordFindings('a.md', text)).toHaveLength(1);
    expect(wordFindings('a.md', text)[0]).toContain(what);
  });
  it('refuses every address in the lockfile, and only there', () => {
    expect(wordFindings('pnpm-lock.yaml', '  resolution: {tarball: https://example.com/x.tgz}')).toHaveLength(1);
    expect(wordFindings('README.md', 'https://example.com/x.tgz')).toEqual([]);
  });
  it.each(['../shared/golden', './work/x', 'a/home/b', 'https://example.com/home/b', '1.10.2.3', 'v10.1'])(
    'lets %s pass',
    (text) => {
      expect(wordFindings('a.md', text)).toEqual([]);
    },
  );
});
