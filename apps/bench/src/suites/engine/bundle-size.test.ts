import { describe, expect, it } from 'vitest';
import { checkBundle } from './bundle-size.ts';

describe('checkBundle', () => {
  it('takes a module that gives the gradient', async () => {
    await expect(checkBundle('export const result = [4, 6];')).resolves.toBeUndefined();
  });

  it('refuses another result, and shows it', async () => {
    await expect(checkBundle('export const result = [4, 5];')).rejects.toThrow(
      'the bundle gives [4,5] where [4,6] was expected',
    );
  });
});
