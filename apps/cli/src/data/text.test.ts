import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { largestAlphabet, limitAlphabet, toPlainText } from './alphabet.ts';
import { loadText } from './load-text.ts';
import { readTextFile } from './read-text-file.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'einlab-text-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe('toPlainText', () => {
  it('writes typographic marks plainly, drops accents, and leaves the rest out', () => {
    expect(toPlainText('“Naïve”—it’s…\n\tχ Œuvre')).toBe('"Naive"--it\'s...\n OEuvre');
  });
});

describe('limitAlphabet', () => {
  it('leaves a small alphabet as it is, in any language', () => {
    expect(limitAlphabet('Привет, мир')).toBe('Привет, мир');
  });

  it('replaces the rarest characters of a large one', () => {
    const many = Array.from({ length: 400 }, (_, i) => String.fromCodePoint(0x4e00 + i));
    const limited = limitAlphabet(many.slice(0, 300).join('') + many.join(''));
    expect(new Set(limited).size).toBe(largestAlphabet);
    expect(limited.startsWith(many.slice(0, 255).join(''))).toBe(true);
    expect(limited.endsWith('\uFFFD')).toBe(true);
  });
});

describe('readTextFile', () => {
  it('reads UTF-8 without its byte order mark, with line feeds', () => {
    expect(readTextFile(file('good.txt', '\uFEFFÄ\r\nb\n'))).toBe('Ä\nb\n');
  });

  it('names the file and the problem for everything that is no text', () => {
    expect(() => readTextFile(join(folder, 'nowhere.txt'))).toThrow(
      /--file .*nowhere\.txt: no such file or folder \(ENOENT\); expected a text file/,
    );
    expect(() => readTextFile(file('empty.txt', ''))).toThrow(/empty\.txt.*empty/);
    expect(() => readTextFile(file('blank.txt', ' \n\n'))).toThrow(/blank\.txt: there is nothing but blanks/);
    expect(() => readTextFile(file('zero.bin', new Uint8Array([65, 0, 66])))).toThrow(/zero\.bin.*byte 1 is 0/);
    expect(() => readTextFile(file('bad.txt', new Uint8Array([65, 10, 0xff, 66])))).toThrow(/bad\.txt.*UTF-8/);
    expect(() => readTextFile(file('control.bin', 'a\u0001b'))).toThrow(
      /control\.bin: there is a control character \(code 1\)/,
    );
    mkdirSync(join(folder, 'sub'));
    expect(() => readTextFile(join(folder, 'sub'))).toThrow(/sub: it is a folder/);
  });

  it('ends with the status of wrong input', () => {
    expect(() => readTextFile(join(folder, 'nowhere.txt'))).toThrow(expect.objectContaining({ status: 2 }));
    expect(() => readTextFile(file('empty.txt', ''))).toThrow(expect.objectContaining({ status: 2 }));
  });
});

describe('loadText', () => {
  it('loads the book in printable ASCII, the same each time', () => {
    const { info, ids } = loadText(undefined);
    expect(info.name).toBe('Moby-Dick');
    expect(info.characters).toBeGreaterThan(1_150_000);
    expect(info.vocabulary).toBeLessThanOrEqual(96);
    expect(new Int32Array(ids).length).toBe(info.characters);
    expect(loadText(undefined).info.hash).toBe(info.hash);
  });
});
