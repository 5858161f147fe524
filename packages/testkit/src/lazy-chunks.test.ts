import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadedBytes } from './lazy-chunks.ts';

describe('loadedBytes(program, part)', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'einlab-lazy-'));
    const files = {
      'part.mjs': `import { shared } from './shared.mjs'; import './helper.mjs'; export const part = shared + 'a part of the application';`,
      'helper.mjs': `console.log('what only the part needs');`,
      'shared.mjs': `export const shared = 'what both need';`,
      'other.mjs': `export const other = 'another part, which is not asked about';`,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('counts what the part brings, with what it alone needs, and not what is there already', async () => {
    const program = `import { shared } from './shared.mjs'; console.log(shared, await import('./part.mjs'), await import('./other.mjs'));`;
    const { first, added, firstCode } = await loadedBytes(program, 'part', { resolveDir: folder });
    const all = await loadedBytes(program.replace(`await import('./other.mjs')`, '0'), 'part', { resolveDir: folder });
    expect(firstCode).toContain('what both need');
    expect(firstCode).not.toContain('what only the part needs');
    expect(added).toBe(all.added);
    expect(added).toBeGreaterThan('a part of the application'.length + 'what only the part needs'.length);
    expect(first).toBeGreaterThan(0);
  });

  it('is nothing where nobody asks for the part', async () => {
    expect(await loadedBytes(`console.log('alone');`, 'part', { resolveDir: folder })).toMatchObject({ added: 0 });
  });
});
