import { describe, expect, it } from 'vitest';
import { createProgramCache } from './program-cache.ts';

/** A cache of strings that writes down what was built and released. */
function observed(limit: number) {
  const built: string[] = [];
  const released: string[] = [];
  const cache = createProgramCache<string>(limit, (program) => released.push(program));
  const use = (key: string, work: (program: string) => unknown = (program) => program): Promise<unknown> =>
    cache.use(
      key,
      async () => {
        built.push(key);
        return key;
      },
      work,
    );
  return { cache, built, released, use };
}

describe('createProgramCache', () => {
  it('builds a program once and hands it to every use', async () => {
    const { built, use } = observed(2);
    expect(await Promise.all([use('a'), use('a')])).toEqual(['a', 'a']);
    expect(await use('a')).toBe('a');
    expect(built).toEqual(['a']);
  });

  it('lets go of the program that was used longest ago', async () => {
    const { built, released, use } = observed(2);
    for (const key of ['a', 'b', 'a', 'c']) await use(key);
    expect(released).toEqual(['b']);
    for (const key of ['a', 'c', 'b']) await use(key);
    expect(built).toEqual(['a', 'b', 'c', 'b']);
    expect(released).toEqual(['b', 'a']);
  });

  it('does not let go of a program before its use has ended', async () => {
    const { cache, released, use } = observed(1);
    let end: (value: string) => void = () => {};
    const running = use('a', () => new Promise((resolve) => (end = resolve)));
    await use('b');
    cache.clear();
    await Promise.resolve();
    expect(released).toEqual(['b']);
    end('done');
    expect(await running).toBe('done');
    await Promise.resolve();
    expect(released).toEqual(['b', 'a']);
  });

  it('forgets what could not be built, and holds what failed in use', async () => {
    const { cache, built, released, use } = observed(2);
    const failing = cache.use('a', () => Promise.reject(new RangeError('no')), String);
    await expect(failing).rejects.toThrow('no');
    expect(await use('a')).toBe('a');
    await expect(use('a', () => Promise.reject(new RangeError('in use')))).rejects.toThrow('in use');
    expect(await use('a')).toBe('a');
    expect(built).toEqual(['a']);
    expect(released).toEqual([]);
  });
});
