import { describe, expect, it } from 'vitest';
import { checkOutput } from './bundle-size.ts';
import { expectedOutput, measureDownload } from './page-download.ts';

describe('checkOutput', () => {
  it('takes what the page should print', () => {
    expect(() => checkOutput({ output: expectedOutput() })).not.toThrow();
  });

  it('refuses anything else, and shows it', () => {
    expect(() => checkOutput({ output: '20 28 28 41\n' })).toThrow(
      'the page prints "20 28 28 41\\n" where "20 28 28 40',
    );
  });
});

describe('measureDownload', () => {
  const lazy = (condition: string): string =>
    `if (${condition}) console.log((await import('data:text/javascript,export const x = 1')).x); else console.log(0);`;

  it('counts the entry and what it prints', async () => {
    const { files, gzipBytes, output } = await measureDownload('console.log("hello")', import.meta.dirname);
    expect(files.map(({ name }) => name)).toEqual(['page.mjs']);
    expect(gzipBytes).toBe(files[0]?.gzipBytes);
    expect(output).toBe('hello\n');
  });

  it('counts a lazy chunk only if it was loaded', async () => {
    const [with_, without] = await Promise.all(
      ['true', 'globalThis.never'].map((condition) => measureDownload(lazy(condition), import.meta.dirname)),
    );
    expect([with_?.output, without?.output]).toEqual(['1\n', '0\n']);
    expect([with_?.files.length, without?.files.length]).toEqual([2, 1]);
  });

  it('fails where the page fails', async () => {
    await expect(measureDownload('throw new Error("broken")', import.meta.dirname)).rejects.toThrow('broken');
  });
});
